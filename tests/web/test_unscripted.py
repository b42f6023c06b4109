import pytest

from vwi_lake.web.unscripted import without_scripts


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("a<script>if (x<1) y()</script>b<STYLE media=all>p{}</Style >c", "abc"),
        ("<textarea><script>x</script></textarea>", "<textarea><script>x</script></textarea>"),  # there it is text
        ("<script type='math/tex'>x^2</script>", "<script type='math/tex'>x^2</script>"),
        ("<script><!-- <script></script> --></script>", "<script><!-- <script></script> --></script>"),  # ends where the parser says
        ("<script>w('<script>x<\\/script>')</script>a", "<script>w('<script>x<\\/script>')</script>a"),
        ("<svg><style>p{}</style></svg><style>q{}</style>", "<svg><style>p{}</style></svg>"),
        ("<!-- <script> -->a<script>b</script>", "<!-- <script> -->a<script>b</script>"),
        ("<script>never ends", "<script>never ends"),
        ("<p>nothing", "<p>nothing"),
    ],
)
def test_without_scripts(html: str, left: str) -> None:
    assert without_scripts(html) == left
