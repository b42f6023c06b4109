"""A hash stays near whatever is done to the picture as a whole, and pictures of other things are far."""

import itertools
import random
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from vwi_lake.web.fingerprints import BITS, PARTS, WORDS, asked_parts, distances, fingerprint, kept_parts, nearest, trim, windows


def drawing(seed: int) -> Image.Image:
    chance, image = random.Random(seed), Image.new("L", (300, 200), 255)
    pen = ImageDraw.Draw(image)
    points = [(chance.randint(20, 280), chance.randint(20, 180)) for _ in range(7)]
    for one, other in itertools.pairwise(points):
        pen.line((*one, *other), fill=0, width=4)
        pen.ellipse((one[0] - 12, one[1] - 12, one[0] + 12, one[1] + 12), fill=chance.choice([90, 200, 255]), outline=0)
    return image


def kept(*pictures: Image.Image) -> np.ndarray:
    each = [[fingerprint(picture, part) for part in kept_parts(picture.size, trim(picture))] for picture in pictures]
    return np.ascontiguousarray(np.array(each, np.uint64).transpose(1, 2, 0))


def asked(picture: Image.Image) -> np.ndarray:
    return np.stack([fingerprint(picture, part) for part in asked_parts(picture)])


CHANGES: dict[str, tuple[int, Callable[[Image.Image], Image.Image]]] = {
    "none": (0, lambda image: image),
    "half": (8, lambda image: image.resize((150, 100), Image.Resampling.BOX)),
    "crop": (8, lambda image: image.crop((30, 20, 270, 180))),
    "border": (8, lambda image: ImageOps.expand(image, 25, 0)),
    "margin": (8, lambda image: ImageOps.expand(image, 60, 255)),
    "turned": (40, lambda image: image.rotate(3, Image.Resampling.BICUBIC, fillcolor=255)),
    "negative": (8, ImageOps.invert),
    "faint": (8, lambda image: image.point(lambda value: 128 + value // 2)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_pictures_stay_near(change: str):
    most, apply = CHANGES[change]
    off = distances(kept(*map(drawing, range(20))), asked(apply(drawing(7))))
    assert off[7] <= most
    assert off.argmin() == 7


def test_the_nearest_come_in_order_and_within_the_limit():
    index = kept(*map(drawing, range(20)))
    found = nearest(index, asked(drawing(3)), most=5, within=BITS)
    assert (found[0].number, found[0].distance, found[0].inverted, len(found)) == (3, 0, False, 5)
    assert [each.distance for each in found] == sorted(distances(index, asked(drawing(3))).tolist())[:5]
    assert [each.number for each in nearest(index, asked(drawing(3)), most=5, within=2)] == [3]
    assert nearest(index, asked(drawing(99)), most=5, within=2) == []


def test_the_negative_says_so():
    near = nearest(kept(drawing(1), drawing(2)), asked(ImageOps.invert(drawing(2))), most=1, within=BITS)[0]
    assert (near.number, near.inverted) == (1, True)


def test_blocks_make_no_difference():
    generator = np.random.default_rng(0)
    index = generator.integers(0, 2**64, (PARTS, WORDS, 40_000), dtype=np.uint64)
    query = index[2, :, [39_999, 5]]
    plain = np.stack([np.bitwise_count(index ^ words[None, :, None]).sum(axis=1) for words in query])
    assert np.array_equal(distances(index, query), np.minimum(plain, BITS - plain).min(axis=(0, 1)))


def test_a_figure_is_told_from_its_caption():
    page = Image.new("L", (400, 400), 255)
    page.paste(drawing(4), (50, 30))
    ImageDraw.Draw(page).text((60, 330), "Figure 4: a chain of places", fill=0)
    box = trim(drawing(4))
    assert (50 + box[0], 30 + box[1], 50 + box[2], 30 + box[3]) in windows(page)


def test_a_white_sheet_is_told_from_a_tinted_page():
    page = Image.new("L", (500, 400), 245)
    page.paste(drawing(4), (100, 120))
    ImageDraw.Draw(page).text((20, 20), "lorem ipsum dolor sit amet", fill=60)
    assert (100, 120, 400, 320) in windows(page)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (17, 16)])
def test_blank_pictures_are_hashed_too(size: tuple[int, int]):
    blank = Image.new("L", size, 255)
    assert asked(blank).shape == (2, WORDS)
    assert windows(blank) == []
