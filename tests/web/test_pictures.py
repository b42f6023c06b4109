import pytest

from vwi_lake.web import pictures


@pytest.mark.parametrize(
    ("attrs", "url"),
    [
        ({"src": "/img/lazy.svg", "data-any-name": "/real.jpg?w=3"}, "http://x.example/real.jpg?w=3"),
        (
            {"src": "/img/lazy.svg", "data-sizes": "a.jpg 2x", "data-settings": '{"u":"b.png"}', "data-n": "7"},
            "http://x.example/img/lazy.svg",
        ),
        ({"src": "/photo.jpg", "data-any-name": "/other.jpg"}, "http://x.example/photo.jpg"),  # no placeholder
        ({"src": "", "data-src": "/real.jpg"}, "http://x.example/real.jpg"),
    ],
)
def test_source_of_a_lazy_image(attrs: dict[str, str | None], url: str) -> None:
    assert pictures.source(attrs, "http://x.example/") == url
