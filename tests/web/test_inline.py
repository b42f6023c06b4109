"""Images that are written into a page, and only those that are named, are cut out of it."""

import base64
import hashlib

import pytest

from vwi_lake.web.images import data_url
from vwi_lake.web.inline import without_images
from vwi_lake.web.trees import build_tree

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
PACKED = base64.b64encode(PIXEL).decode()
SVG = "<svg viewBox='0 0 200 100'><text x='1'>Größe é</text><path d='M0 0L200 100'/></svg>"


@pytest.mark.parametrize(
    "written",
    [f'<img src="data:image/png;base64,{PACKED}">', f"<img src='DATA:image/png;base64,{PACKED[:40]}\n {PACKED[40:]}'>",
     f"<p style='background:url(data:image/png;base64,{PACKED})'>", f'<img src="data:image/png;base64&#44;{PACKED}">'],
)  # fmt: skip
def test_data_urls(written):
    body = f'<p>a</p>{written}<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'.encode()
    assert without_images(body, lambda _: False) == body
    cut = without_images(body, {hashlib.sha256(PIXEL).hexdigest()}.__contains__)
    assert PACKED[:40].encode() not in cut
    assert b"<p>a</p>" in cut
    assert b"R0lGOD" in cut


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_drawings_as_the_tree_keeps_them(charset):
    other = SVG.replace("200 100", "300 100")
    page = f"<main><h1>What?</h1><p>{'word ' * 50}</p><figure>{SVG}</figure>{other}</main>"
    shas = [hashlib.sha256(data_url(image.url)[1]).hexdigest() for image in build_tree(page, "http://a/").images]
    assert len(shas) == 2
    cut = without_images(page.encode(charset), {shas[0]}.__contains__).decode(charset)
    assert cut == page.replace(SVG, "")


@pytest.mark.parametrize("body", [b"", b"data:image/", b"<svg", b"<svg></svg>", b"data:image/png;base64,!!", b"\xff\xfe<svg>\xff</svg>"])
def test_broken_pages_stay_as_they_are(body):
    assert without_images(body, lambda _: False) == body


def test_drawings_that_are_never_closed_take_no_time():
    body = b"<svg " * 1_000_000
    assert without_images(body, lambda _: True) is not None
