"""Upright local features of diagrams and photographs, and the placement of one picture in another that most of them agree on.

Corners of the structure tensor (Shi and Tomasi 1994) on a half-octave pyramid, described by gradient histograms (Lowe 2004, without
the dominant orientation: pages turn pictures by degrees at most). numpy alone is quick enough at a few hundred pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.floating]

CELLS, CELL, BINS = 3, 6, 8
SIZE = CELLS * CELLS * BINS
_LEVELS = 6
_MAX_TURN = 0.14  # radians; eight degrees


@dataclass(frozen=True)
class Keypoints:
    xy: Floats  # (n, 2), pixels of the picture described
    scale: Floats  # (n,), pixels of the picture to one of the pyramid level
    descriptors: NDArray[np.uint8]  # (n, SIZE), 255 times a unit vector


def describe(grey: Image.Image, most: int) -> Keypoints:
    """At most that many keypoints, strongest first within each pyramid level, more on the finer levels."""
    found = []
    for level in range(_LEVELS):
        factor = 2 ** (level / 2)
        width, height = round(grey.width / factor), round(grey.height / factor)
        if min(width, height) < 20:
            break
        small = grey if level == 0 else grey.resize((width, height), Image.Resampling.BOX)
        found.append(_level(np.asarray(small, dtype=np.float32), factor, round(most * 0.35 * 0.72**level) + 4))
    if not found:
        return Keypoints(np.zeros((0, 2), np.float32), np.zeros(0, np.float32), np.zeros((0, SIZE), np.uint8))
    xy, scale, descriptors = (np.concatenate(parts)[:most] for parts in zip(*found, strict=True))
    return Keypoints(xy, scale, descriptors)


def _level(pixels: Floats, factor: float, most: int) -> tuple[Floats, Floats, NDArray[np.uint8]]:
    dy, dx = np.asarray(np.gradient(pixels), np.float32)
    xx, xy, yy = _blur(dx * dx), _blur(dx * dy), _blur(dy * dy)
    strength = (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)  # the smaller eigenvalue
    rows, columns = np.nonzero((strength >= _highest(strength)) & (strength > max(4.0, 0.002 * float(strength.max()))))
    order = np.lexsort((columns, rows, -strength[rows, columns]))[:most]
    rows, columns = rows[order], columns[order]
    points = np.stack([(columns + 0.5) * factor, (rows + 0.5) * factor], axis=1).astype(np.float32)
    return points, np.full(len(points), factor, np.float32), _histograms(dx, dy, rows, columns)


def _blur(values: Floats) -> Floats:
    for axis in (0, 1):
        for _ in range(2):
            padded = np.concatenate([values.take([0], axis), values, values.take([-1], axis)], axis)
            n = values.shape[axis]
            values = (padded.take(range(n), axis) + padded.take(range(1, n + 1), axis) + padded.take(range(2, n + 2), axis)) / np.float32(3)
    return values


def _highest(values: Floats, reach: int = 3) -> Floats:
    """The largest value around each pixel."""
    for axis in (0, 1):
        n = values.shape[axis]
        widths = [(reach, reach) if a == axis else (0, 0) for a in (0, 1)]
        padded = np.pad(values, widths, mode="constant")
        values = np.maximum.reduce([padded.take(range(k, k + n), axis) for k in range(2 * reach + 1)])
    return values


def _histograms(dx: Floats, dy: Floats, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.uint8]:
    side = CELLS * CELL
    dx, dy = (np.pad(each, side // 2) for each in (dx, dy))
    offsets = np.arange(side)
    at = (rows[:, None, None] + offsets[:, None], columns[:, None, None] + offsets[None, :])
    gx, gy = dx[at], dy[at]
    fall_off = np.exp(-(((offsets - side / 2 + 0.5) / (side * 0.45)) ** 2)).astype(np.float32)
    size = np.hypot(gx, gy) * fall_off[:, None] * fall_off
    turn = np.arctan2(gy, gx) * (BINS / (2 * np.pi)) % BINS
    low = turn.astype(np.intp) % BINS
    high_share = turn - np.floor(turn)
    histograms = np.zeros((len(rows), CELLS, CELLS, BINS), np.float32)
    for b in range(BINS):
        share = size * (np.where(low == b, 1 - high_share, 0) + np.where((low + 1) % BINS == b, high_share, 0))
        histograms[..., b] = share.reshape(-1, CELLS, CELL, CELLS, CELL).sum(axis=(2, 4))
    flat = _unit(np.minimum(_unit(histograms.reshape(-1, SIZE)), 0.3))
    return np.asarray(np.rint(flat * 255), np.uint8)


def _unit(vectors: Floats) -> Floats:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)


def place(query: Keypoints, other: Keypoints, reach: float) -> tuple[NDArray[np.float64], int]:
    """The affine map (2x3) from the other picture's pixels to the query's that most keypoints agree on, and how many do.

    Every two matches propose a similarity (RANSAC, Fischler and Bolles 1981, with a fixed seed); the best is fitted to its followers.
    """
    nothing: tuple[NDArray[np.float64], int] = (np.zeros((2, 3)), 0)
    if len(query.xy) < 3 or len(other.xy) < 3:
        return nothing
    likeness = _floats(other.descriptors) @ _floats(query.descriptors).T
    best = np.argsort(-likeness, axis=1, kind="stable")[:, :2]
    from_, to = np.repeat(np.arange(len(other.xy)), best.shape[1]), best.ravel()
    good = likeness[from_, to] > 0.8
    from_, to = from_[good], to[good]
    nearest = np.argsort(-likeness[from_, to], kind="stable")[:200]
    from_, to = from_[nearest], to[nearest]
    if len(from_) < 3:
        return nothing
    source, target = (xy[:, 0] + 1j * xy[:, 1] for xy in (other.xy[from_], query.xy[to]))
    ratio = query.scale[to] / other.scale[from_]
    random = np.random.default_rng(0)
    one, two = random.integers(0, len(from_), (2, 800))
    span = source[two] - source[one]
    usable = np.abs(span) > reach
    one, two, span = one[usable], two[usable], span[usable]
    slope = (target[two] - target[one]) / span
    usable = (np.abs(np.angle(slope)) < _MAX_TURN) & (np.abs(np.log2(np.abs(slope) / ratio[one] + 1e-9)) < 0.6)
    one, slope = one[usable], slope[usable]
    if not len(one):
        return nothing
    shift = target[one] - slope * source[one]
    miss = np.abs(slope.astype(np.complex64)[:, None] * source.astype(np.complex64) + (shift[:, None] - target).astype(np.complex64))
    followers = (miss < 5 * np.abs(slope[:, None])).sum(axis=1)
    winner = int(np.argmax(followers))
    inside = miss[winner] < 5 * np.abs(slope[winner])
    a, b = slope[winner], shift[winner]
    for _ in range(2):
        if len(set(from_[inside])) < 3:
            break
        a, b = _similarity(source[inside], target[inside])
        inside = np.abs(a * source + b - target) < 4 * abs(a)
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]]), len(set(from_[inside].tolist()))


def _similarity(source: NDArray[np.complex128], target: NDArray[np.complex128]) -> tuple[complex, complex]:
    """Least squares."""
    centre, goal = source.mean(), target.mean()
    spread = source - centre
    a = np.vdot(spread, target - goal) / max(np.vdot(spread, spread).real, 1e-9)
    return complex(a), complex(goal - a * centre)


def _floats(descriptors: NDArray[np.uint8]) -> Floats:
    return descriptors.astype(np.float32) / 255
