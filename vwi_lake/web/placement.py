"""Where one picture lies in another: guessed from parts that look alike, fitted on few pixels, laid over on many."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from vwi_lake.web.alignment import COARSE_TO_FINE, Affine, Comparison, compare, likeness, refine
from vwi_lake.web.fingerprints import Box

TURN = 0.052  # three degrees
LEAST_SIDE = 256  # smaller pictures are enlarged, else the pixel of slack that a comparison grants hides a letter
UNFITTED = 0.03  # parts laid on parts are exact where a picture was neither turned nor cropped: fitting must do better than that

Scale = tuple[float, float]  # pixels of a picture to one of its reduced copy, across and down


@dataclass(frozen=True)
class Placement:
    affine: Affine  # from the reference to the query
    likeness: float


def guess(reference: tuple[Image.Image, Scale], query: tuple[Image.Image, Scale], parts: tuple[Box, Box], turned: bool) -> Placement:
    """One part upon the other: straight, and if wanted turned a little either way. Both pictures reduced."""
    straight = _box_to_box(*parts)
    (small, scale), (asked, shrunk) = reference, query
    size = small.width * scale[0], small.height * scale[1]
    tried = [_turned(straight, size, turn) for turn in ((0.0, -TURN, TURN) if turned else (0.0,))]
    return max(
        (Placement(affine, likeness(small, asked, rescaled(affine, scale, shrunk))) for affine in tried), key=lambda one: one.likeness
    )


def fit(reference: tuple[Image.Image, Scale], query: tuple[Image.Image, Scale], guessed: Placement) -> Placement:
    (small, scale), (asked, shrunk) = reference, query
    fitted = refine(small, asked, rescaled(guessed.affine, scale, shrunk), (2.0, 1.0))
    found = Placement(rescaled(fitted, _inverse(scale), _inverse(shrunk)), likeness(small, asked, fitted))
    return found if found.likeness > guessed.likeness + UNFITTED else guessed


def lay_over(
    reference: Image.Image, query: Image.Image, affine: Affine, blurs: tuple[float, ...] = COARSE_TO_FINE
) -> tuple[Comparison, Affine] | None:
    """Laid over to the pixel, at the size of the smaller of both, where both are sharp."""
    zoom = float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    reference, scale = reduced(reference, max(64, round(max(reference.size) * min(1.0, zoom))))
    query, shrunk = reduced(query, max(64, round(max(query.size) / max(1.0, zoom))))
    if max(reference.size) < LEAST_SIDE:
        reference = reference.resize((reference.width * 2, reference.height * 2), Image.Resampling.BICUBIC)
        query = query.resize((query.width * 2, query.height * 2), Image.Resampling.BICUBIC)
        scale, shrunk = (scale[0] / 2, scale[1] / 2), (shrunk[0] / 2, shrunk[1] / 2)
    affine = refine(reference.convert("L"), query.convert("L"), rescaled(affine, scale, shrunk), blurs)
    comparison = compare(reference, query, affine)
    return (comparison, rescaled(affine, _inverse(scale), _inverse(shrunk))) if comparison else None


def reduced(picture: Image.Image, side: int) -> tuple[Image.Image, Scale]:
    """No larger than that."""
    scale = max(1.0, max(picture.size) / side)
    size = max(8, round(picture.width / scale)), max(8, round(picture.height / scale))
    small = picture.resize(size, Image.Resampling.BOX) if size != picture.size else picture
    return small, (picture.width / size[0], picture.height / size[1])


def rescaled(affine: Affine, reference: Scale, query: Scale = (1.0, 1.0)) -> Affine:
    """The same placement for pictures reduced that much."""
    return np.diag([1 / query[0], 1 / query[1]]) @ affine @ np.diag([*reference, 1.0])


def _inverse(scale: Scale) -> Scale:
    return 1 / scale[0], 1 / scale[1]


def _box_to_box(source: Box, target: Box) -> Affine:
    x = (target[2] - target[0]) / (source[2] - source[0])
    y = (target[3] - target[1]) / (source[3] - source[1])
    return np.array([[x, 0.0, target[0] - x * source[0]], [0.0, y, target[1] - y * source[1]]])


def _turned(affine: Affine, size: Scale, angle: float) -> Affine:
    """About the middle of the reference."""
    x, y, c, s = size[0] / 2, size[1] / 2, np.cos(angle), np.sin(angle)
    about = np.array([[c, -s, x - c * x + s * y], [s, c, y - s * x - c * y], [0, 0, 1]])
    return np.asarray(affine @ about)
