"""What a model sees of a picture."""

import base64
import io

import pytest
from PIL import Image, ImageDraw

from vwi_lake.providers.llm_pictures import data_url

GROUND, LINE = (2, 2), (50, 50)  # points of what `drawn` draws


def drawn(mode: str, ground: object, line: object, kind: str = "PNG", thick: int = 4) -> bytes:
    image = Image.new(mode, (100, 100), ground)
    ImageDraw.Draw(image).rectangle((0, 50 - thick, 99, 50 + thick), fill=line)
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def seen(data: bytes, side: int = 1000) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(data_url(data, side).partition(",")[2]))).convert("RGB")


@pytest.mark.parametrize(
    ("data", "ground", "line"),
    [
        (drawn("RGBA", (0, 0, 0, 0), (0, 0, 0, 255)), (255, 255, 255), (0, 0, 0)),
        (drawn("LA", (0, 0), (40, 255)), (255, 255, 255), (40, 40, 40)),
        (drawn("RGB", "white", "red"), (255, 255, 255), (255, 0, 0)),
        (drawn("RGB", (30, 30, 30), (200, 0, 0), thick=10), (30, 30, 30), (200, 0, 0)),  # a fifth of it is no darkness
    ],
)
def test_transparent_ground_is_white_and_what_is_bright_stays(data, ground, line):
    shown = seen(data)
    assert (shown.getpixel(GROUND), shown.getpixel(LINE)) == (ground, line)


@pytest.mark.parametrize(
    "data", [drawn("RGB", (20, 20, 20), (45, 20, 20)), drawn("L", 20, 45), drawn("RGBA", (20, 20, 20, 255), (45, 20, 20, 255))]
)
def test_a_dark_picture_is_brightened(data):
    shown = seen(data)
    (before, *_), (after, *others) = shown.getpixel(GROUND), shown.getpixel(LINE)
    assert after > 2 * 45 and after - before > 3 * (45 - 20)
    assert others == [after, after] if Image.open(io.BytesIO(data)).mode == "L" else max(others) < after


def test_a_good_picture_is_sent_as_it_is_and_a_large_one_smaller():
    photograph = drawn("RGB", "white", "blue", "JPEG")
    assert data_url(photograph, 100) == "data:image/jpeg;base64," + base64.b64encode(photograph).decode()
    assert seen(photograph, 50).size == (50, 50)
    assert data_url(drawn("P", 3, 4, "GIF"), 100).startswith("data:image/png;")
