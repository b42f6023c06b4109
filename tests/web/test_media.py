"""Bodies that are not what they are called."""

import pytest

from vwi_lake.web.media import media_type


@pytest.mark.parametrize(
    ("body", "declared", "expected"),
    [
        (b"%PDF-1.7", "text/html", "application/pdf"),
        (b"GIF89a", None, "image/gif"),
        (b"<!doctype html>", "text/html", "text/html"),
        (b"plain", None, None),
        (b"", "text/html", "text/html"),
    ],
)
def test_media_type(body, declared, expected):
    assert media_type(body, declared) == expected
