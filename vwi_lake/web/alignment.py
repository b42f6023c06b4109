"""Lay one picture over another to the pixel, and say how unlike they are where they differ most."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Floats = NDArray[np.floating]
Pixels = TypeVar("Pixels", Floats, NDArray[np.bool_])
Affine = NDArray[np.float64]  # 2x3, from pixels of the reference to pixels of the query


LEAST_LIKENESS = 0.4
COARSE_TO_FINE = (4.0, 1.5, 0.7)  # blurs, in pixels of the reference
RECOLOURED = 0.85
LEAST_COVERAGE = 0.45  # a crop of 15 % on every side leaves .49


@dataclass(frozen=True)
class Comparison:
    coverage: float  # share of the reference that the query shows
    likeness: float  # correlation of the grey values over that share
    worst: float  # largest difference of any small spot, 0..1, after exposure is evened out
    off: float  # share of the pixels that differ
    weight: float = 1.0  # of the score

    @property
    def score(self) -> float:
        """0..1; pictures that share no more than their frame correlate by about .4 to .8."""
        alike = max(0.0, self.likeness - LEAST_LIKENESS) / (1 - LEAST_LIKENESS)
        return self.weight * alike * (1.0 - self.worst) * min(1.0, 0.5 + 0.6 * self.coverage)


def refine(reference: Image.Image, query: Image.Image, start: Affine, blurs: tuple[float, ...] = COARSE_TO_FINE, rounds: int = 6) -> Affine:
    """Gauss-Newton on grey pixels (Lucas and Kanade 1981) for an affine map, a gain and an offset, from blurred to sharp."""
    affine = start.copy()
    for blur in blurs:
        goal = np.asarray(reference.filter(ImageFilter.GaussianBlur(blur)), np.float32)
        soft = query.filter(ImageFilter.GaussianBlur(blur * float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))))
        for _ in range(rounds):
            step = _step(goal, soft, affine, edge=round(2 * blur))
            if step is None:
                return start
            affine = _after(affine, step)
            if float(np.abs(step[:, 2]).max()) + float(np.abs(step[:, :2]).max()) * max(goal.shape) < 0.1 * blur:
                break
    return affine


def _step(goal: Floats, query: Image.Image, affine: Affine, edge: int) -> Affine | None:
    """Pixels near the edge are left out: the query is blurred with what lies around the picture, the reference is not."""
    height, width = goal.shape
    edge = min(edge, width // 8, height // 8)
    warped = np.asarray(warp(query, affine, (width, height)), np.float32)
    inside = _inside(query, affine, (width, height), margin=1.0)
    inside[:edge], inside[height - edge :], inside[:, :edge], inside[:, width - edge :] = False, False, False, False
    if inside.sum() < 200:
        return None
    dy, dx = np.asarray(np.gradient(warped), np.float32)
    rows, columns = _telling(inside, np.abs(dx) + np.abs(dy))
    gx, gy, w = dx[rows, columns], dy[rows, columns], warped[rows, columns]
    x, y = (columns + 0.5 - width / 2).astype(np.float32), (rows + 0.5 - height / 2).astype(np.float32)
    design = np.stack([gx * x, gx * y, gx, gy * x, gy * y, gy, w, np.ones_like(w)], axis=1)
    normal = (design.T @ design).astype(np.float64)
    normal[np.diag_indices(8)] *= 1.001
    try:
        solution = np.linalg.solve(normal, (design.T @ goal[rows, columns]).astype(np.float64))
    except np.linalg.LinAlgError:
        return None
    gain = solution[6]
    if abs(gain) < 0.05:
        return None
    a, b, c, d, e, f = solution[:6] / gain
    limit = np.array([0.05, 0.05, 6.0])
    step = np.clip(np.array([[a, b, c], [d, e, f]]), -limit, limit)
    step[:, 2] -= step[:, 0] * width / 2 + step[:, 1] * height / 2
    return step


def _telling(inside: NDArray[np.bool_], slope: Floats, most: int = 8000) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pixels where a shift would show, and some of the others; a plain diagram is mostly white."""
    steep = np.flatnonzero(inside & (slope > 4))
    rest = np.flatnonzero(inside)
    chosen = np.concatenate([steep[:: len(steep) // most + 1], rest[:: len(rest) * 4 // most + 1]])
    rows, columns = np.divmod(chosen, inside.shape[1])
    return rows, columns


def _after(affine: Affine, step: Affine) -> Affine:
    moved = np.vstack([step, [0, 0, 0]]) + np.eye(3)
    return np.asarray((np.vstack([affine, [0, 0, 1]]) @ moved)[:2])


def warp(query: Image.Image, affine: Affine, size: tuple[int, int]) -> Image.Image:
    """The query as it would look laid over the reference; outside it white."""
    fill = 255 if len(query.getbands()) == 1 else (255,) * len(query.getbands())
    return query.transform(size, Image.Transform.AFFINE, affine.ravel().tolist(), Image.Resampling.BILINEAR, fillcolor=fill)


def _inside(query: Image.Image, affine: Affine, size: tuple[int, int], margin: float) -> NDArray[np.bool_]:
    x, y = np.arange(size[0]) + 0.5, (np.arange(size[1]) + 0.5)[:, None]
    u = affine[0, 0] * x + affine[0, 1] * y + affine[0, 2]
    v = affine[1, 0] * x + affine[1, 1] * y + affine[1, 2]
    return np.asarray((u >= margin) & (u <= query.width - margin) & (v >= margin) & (v <= query.height - margin))


def likeness(reference: Image.Image, query: Image.Image, affine: Affine) -> float:
    """Correlation of the grey values of both, as laid out so far; 0 where the query shows too little."""
    inside = _inside(query, affine, reference.size, margin=0.0)
    if inside.mean() < LEAST_COVERAGE:
        return 0.0
    return _correlation(*(np.asarray(each, np.float32)[inside] for each in (reference, warp(query, affine, reference.size))))


def compare(reference: Image.Image, query: Image.Image, affine: Affine) -> Comparison | None:
    """Both as RGB. Exposure and colour balance are evened out; a grey picture is compared by grey values only.

    A picture in other colours throughout is found too, but counts for less: a stripe of another colour may be all that differs.
    """
    size = reference.size
    inside = _inside(query, affine, size, margin=1.0)
    coverage = float(inside.mean())
    inside[0], inside[-1], inside[:, 0], inside[:, -1] = False, False, False, False
    inside = ~_extreme(_extreme(~inside, np.maximum), np.maximum)  # pixels at an edge are blurred with what lies around
    if coverage < LEAST_COVERAGE or inside.sum() < 200:
        return None
    warped = warp(query, affine, size)
    if abs(affine[1, 0] - affine[0, 1]) > 0.02 * (affine[0, 0] + affine[1, 1]) / 2:  # turned by half a degree: resampled, so less sharp
        reference, warped = (image.filter(ImageFilter.GaussianBlur(0.8)) for image in (reference, warped))
    plain = is_grey(reference) or is_grey(query)
    found = _compared(reference, warped, inside, coverage, plain)
    if plain or found.score > RECOLOURED:
        return found
    recoloured = _compared(reference, _recoloured(reference, warped, inside), inside, coverage, plain)
    return max(found, replace(recoloured, weight=RECOLOURED), key=lambda each: each.score)


def _compared(reference: Image.Image, warped: Image.Image, inside: NDArray[np.bool_], coverage: float, plain: bool) -> Comparison:
    grey = (np.asarray(image.convert("L"), np.float32) for image in (reference, warped))
    alike = _correlation(*(each[inside] for each in grey))
    if alike < LEAST_LIKENESS:
        return Comparison(coverage, alike, 1.0, 1.0)
    if plain:
        reference, warped = reference.convert("L"), warped.convert("L")
    difference = np.maximum.reduce([_difference(one, other, inside) for one, other in zip(*map(_planes, (reference, warped)), strict=True)])
    worst = max(weight * float(_spots(difference, reach)[inside].max()) for reach, weight in ((1, 1.0), (4, 2.5)))
    return Comparison(coverage, alike, min(1.0, worst), float((difference[inside] > 0.2).mean()))


def _recoloured(reference: Image.Image, warped: Image.Image, inside: NDArray[np.bool_]) -> Image.Image:
    """In the reference's colours, as near as one linear map of all colours comes (least squares)."""
    goal, pixels = (np.asarray(image, np.float32) for image in (reference, warped))
    rows, columns = np.nonzero(inside)
    rows, columns = rows[::7], columns[::7]
    design = np.concatenate([pixels[rows, columns], np.full((len(rows), 1), 255, np.float32)], axis=1)
    coloured = np.ptp(design[:, :3], axis=1) > 20  # else the paper outvotes every line
    weights = np.where(coloured, 4.0, 1.0).astype(np.float32)[:, None]
    fitted = np.linalg.lstsq(design * weights, goal[rows, columns] * weights, rcond=1e-4)[0]
    return Image.fromarray(np.clip(pixels @ fitted[:3] + 255 * fitted[3], 0, 255).astype(np.uint8))


def _planes(image: Image.Image) -> list[Floats]:
    """Brightness as it is; colour, which JPEG stores at half the size and worse, without its detail."""
    if image.mode == "L":
        return [np.asarray(image, np.float32)]
    brightness, *colours = image.convert("YCbCr").split()
    return [np.asarray(plane, np.float32) for plane in (brightness, *(c.filter(ImageFilter.BoxBlur(2)) for c in colours))]


def is_grey(image: Image.Image) -> bool:
    small = np.asarray(image.convert("RGB").resize((64, 64), Image.Resampling.BOX), np.int16)
    return bool((small.max(axis=2) - small.min(axis=2)).max() < 14)


def _correlation(one: Floats, other: Floats) -> float:
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / size if size > 1e-3 else 0.0


def _difference(one: Floats, other: Floats, inside: NDArray[np.bool_]) -> Floats:
    """How far each pixel lies outside the values that the other picture has within a pixel of it, either way round."""
    gain, offset = _exposure(one[inside], other[inside])
    other = np.clip(other * gain + offset, 0, 255)
    far = np.maximum(_outside(one, other), _outside(other, one)) / 255
    far[~inside] = 0
    return np.asarray(far, np.float32)


def _exposure(one: Floats, other: Floats) -> tuple[float, float]:
    spread = other - other.mean()
    energy = float((spread * spread).sum())
    if energy < 1.0:
        return 1.0, float(one.mean() - other.mean())
    gain = float(np.clip((spread * one).sum() / energy, 0.6, 1.7))
    return gain, float(one.mean() - gain * other.mean())


def _outside(values: Floats, other: Floats) -> Floats:
    """Distance of each value from the range of the 3x3 pixels around it in the other picture."""
    low, high = _extreme(other, np.minimum), _extreme(other, np.maximum)
    return np.maximum(np.maximum(low - values, values - high), 0)


def _extreme(values: Pixels, pick: np.ufunc) -> Pixels:
    """Of the 3x3 pixels around each, by rows and then by columns."""
    rows = values.copy()
    pick(rows[1:], values[:-1], out=rows[1:])
    pick(rows[:-1], values[1:], out=rows[:-1])
    both = rows.copy()
    pick(both[:, 1:], rows[:, :-1], out=both[:, 1:])
    pick(both[:, :-1], rows[:, 1:], out=both[:, :-1])
    return both


def _spots(difference: Floats, reach: int) -> Floats:
    """Means around each pixel: a dark spot counts, so does a faint patch, a lone pixel or noise hardly."""
    picture = Image.fromarray(np.clip(difference * 255, 0, 255).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.BoxBlur(reach)), np.float32) / 255
