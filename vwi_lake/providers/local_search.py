"""Search by image over saved sites: which pages show the picture asked about, or a copy of it that was resized, cropped, framed …

Candidates come from local features and from small grey views; each is then laid over the query pixel by pixel, since a chapter
holds many diagrams that differ by a label or by the colour of a stripe.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import anyio.to_thread
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from vwi_lake.providers import Hit
from vwi_lake.providers.local_index import REFERENCE_SIDE, Box, Index, boxes, load_or_build, picture_of, read_picture, tells_something, view
from vwi_lake.providers.saved import SavedWeb
from vwi_lake.web.alignment import COARSE_TO_FINE, Affine, Comparison, compare, likeness, refine
from vwi_lake.web.images import ImageRejected
from vwi_lake.web.keypoints import Keypoints, describe, place

FINE_QUERY_SIDE, QUERY_SIDE = 1280, 640
QUERY_POINTS = 300
BY_POINTS, BY_VIEW, LAID_OVER, LOOKED_AT_FINELY = 40, 30, 10, 3  # candidates taken on, and those looked at closer and closer
FINE_SIDE = 640
LEAST_SIDE = 256  # smaller pictures are enlarged, else the pixel of slack that a comparison grants hides a letter
COARSE_SIDE = 192  # of the query, which may hold more than the picture
THRESHOLD = 0.55


@dataclass(frozen=True)
class _Query:
    fine: Image.Image
    rgb: Image.Image
    grey: Image.Image
    small: Image.Image
    small_scale: tuple[float, float]
    points: Keypoints
    boxes: list[Box]


@dataclass(frozen=True)
class Match:
    number: int  # in the index
    comparison: Comparison
    affine: Affine  # from the reference, REFERENCE_SIDE the longer side, to the query at QUERY_SIDE

    @property
    def score(self) -> float:
        return self.comparison.score


class LocalSearch:
    name = "local"

    def __init__(self, web: SavedWeb, index_dir: Path, progress: Callable[[int, int], None] | None = None):
        self.web, self.index_dir, self.progress = web, Path(index_dir), progress
        self._index: Index | None = None
        self._lock = asyncio.Lock()
        self._reference = lru_cache(maxsize=256)(self._read_reference)

    async def search(self, image: bytes) -> list[Hit]:
        """Pages that show it, best match first; none where nothing on the pages is that picture."""
        async with self._lock:
            index = await anyio.to_thread.run_sync(self.index)  # anyio's threads can ask the event loop to render a page
        matches = await asyncio.to_thread(self.matches, index, image)
        least = max(THRESHOLD, 0.8 * matches[0].score) if matches else THRESHOLD  # far behind the best is another picture
        ranked = sorted((-round(m.score, 4), page, url) for m in matches if m.score >= least for page, url in index.shown[m.number])
        best = {page: (score, url) for score, page, url in reversed(ranked)}
        order = sorted(best.items(), key=lambda item: (item[1][0], item[0]))
        return [Hit(rank, page, url, -score) for rank, (page, (score, url)) in enumerate(order, 1)]

    def index(self) -> Index:
        if self._index is None:
            self._index = load_or_build(self.web, self.index_dir, self.progress)
        return self._index

    def matches(self, index: Index, image: bytes) -> list[Match]:
        """Every picture looked at closely, best first; an inverted copy is tried where the picture itself finds nothing."""
        try:
            rgb = picture_of(image, FINE_QUERY_SIDE)
        except ImageRejected:
            return []
        if not index.shown or not tells_something(rgb):
            return []
        found = self._matches_of(index, rgb)
        if (not found or found[0].score < THRESHOLD) and _opposite(index, rgb) > 0.6:
            found = sorted([*found, *self._matches_of(index, ImageOps.invert(rgb))], key=_order)
        return found

    def _matches_of(self, index: Index, fine: Image.Image) -> list[Match]:
        rgb = _reduced(fine, QUERY_SIDE)[0]
        grey = rgb.convert("L")
        query = _Query(fine, rgb, grey, *_reduced(grey, COARSE_SIDE), describe(grey, QUERY_POINTS), boxes(grey))
        coarse = [_best_placement(index, query, number) for number in _candidates(index, query)]
        close = sorted(coarse, key=lambda each: (-each[0], each[1]))[:LAID_OVER]
        close = [each for each in close if each[0] > 0.25 * close[0][0]]
        rough = sorted((m for _, number, affine in close if (m := self._laid_over(query, number, affine))), key=_order)
        looked_at = [self._looked_at_finely(query, match) for match in rough[:LOOKED_AT_FINELY]]
        return sorted([*looked_at, *rough[LOOKED_AT_FINELY:]], key=_order)

    def _laid_over(self, query: _Query, number: int, affine: Affine) -> Match | None:
        reference = self._reference(number, REFERENCE_SIDE)
        return _matched(number, reference, query.rgb, affine) if reference else None  # none: gone since it was indexed

    def _looked_at_finely(self, query: _Query, match: Match) -> Match:
        """Again with more pixels: a thin line more or less is lost in few."""
        coarse, fine = self._reference(match.number, REFERENCE_SIDE), self._reference(match.number, FINE_SIDE)
        if match.score < THRESHOLD / 2 or coarse is None or fine is None or fine.size == coarse.size == query.fine.size:
            return match
        scale = coarse.width / fine.width, coarse.height / fine.height
        shrunk = query.rgb.width / query.fine.width, query.rgb.height / query.fine.height
        return _matched(match.number, fine, query.fine, _scaled(match.affine, scale, shrunk), COARSE_TO_FINE[1:]) or match

    def _read_reference(self, number: int, side: int) -> Image.Image | None:
        return read_picture(self.web, self.index().shown[number][0][1], side)


def _matched(
    number: int, reference: Image.Image, query: Image.Image, affine: Affine, blurs: tuple[float, ...] = COARSE_TO_FINE
) -> Match | None:
    """Laid over to the pixel, at the size of the smaller of both, where both are sharp."""
    zoom = float(np.sqrt(abs(np.linalg.det(affine[:, :2]))))
    reference, scale = _reduced(reference, max(64, round(max(reference.size) * min(1.0, zoom))))
    query, shrunk = _reduced(query, max(64, round(max(query.size) / max(1.0, zoom))))
    if max(reference.size) < LEAST_SIDE:
        reference = reference.resize((reference.width * 2, reference.height * 2), Image.Resampling.BICUBIC)
        query = query.resize((query.width * 2, query.height * 2), Image.Resampling.BICUBIC)
        scale, shrunk = (scale[0] / 2, scale[1] / 2), (shrunk[0] / 2, shrunk[1] / 2)
    affine = refine(reference.convert("L"), query.convert("L"), _scaled(affine, scale, shrunk), blurs)
    comparison = compare(reference, query, affine)
    return Match(number, comparison, _scaled(affine, _inverse(scale), _inverse(shrunk))) if comparison else None


def _inverse(scale: tuple[float, float]) -> tuple[float, float]:
    return 1 / scale[0], 1 / scale[1]


def _order(match: Match) -> tuple[float, int]:
    return -match.score, match.number


def _opposite(index: Index, rgb: Image.Image) -> float:
    """How nearly some picture is the negative of the query, at a glance."""
    grey = rgb.convert("L")
    return -float((np.stack([view(grey, box) for box in boxes(grey)]) @ index.views.T).min())


def _candidates(index: Index, query: _Query) -> list[int]:
    views = np.stack([view(query.grey, box) for box in query.boxes])
    likeness = (views @ index.views.T).reshape(len(views), -1, 2).max(axis=(0, 2))
    votes = _votes(index, query.points)
    by_points = [n for n in np.argsort(-votes, kind="stable")[:BY_POINTS] if votes[n] > 0]
    return sorted({*np.argsort(-likeness, kind="stable")[:BY_VIEW].tolist(), *map(int, by_points)})


def _votes(index: Index, points: Keypoints) -> NDArray[np.float64]:
    """Per picture, how many of the query's keypoints find one of their nearest there, the nearer the more."""
    filled = np.flatnonzero(np.diff(index.starts))
    votes = np.zeros(len(index.shown))
    if not len(points.xy) or not len(filled):
        return votes
    stored = index.points.descriptors
    best = np.empty((len(points.xy), len(filled)), np.float32)  # likeness of the nearest keypoint of each picture
    wanted = points.descriptors.astype(np.float32) / 255**2
    for first in range(0, len(filled), 256):  # pictures, so that the product stays small
        some = filled[first : first + 256]
        low, high = index.starts[some[0]], index.starts[some[-1] + 1]
        likeness = wanted @ stored[low:high].astype(np.float32).T
        best[:, first : first + 256] = np.maximum.reduceat(likeness, index.starts[some] - low, axis=1)
    common = np.partition(best, -min(12, len(filled)), axis=1)[:, [-min(12, len(filled))]]
    votes[filled] = np.maximum(best - np.maximum(common, 0.75), 0).sum(axis=0)
    return votes / np.sqrt(np.diff(index.starts) + 10)


def _best_placement(index: Index, query: _Query, number: int) -> tuple[float, int, Affine]:
    """Judged on few pixels: where the reference could lie as a whole, without margins, or where keypoints say."""
    thumb, scale = index.thumb(number)
    found = [
        _box_to_box(source, target) for source, target in zip(index.boxes[2 * number : 2 * number + 2].tolist(), query.boxes, strict=True)
    ]
    affine, followers = place(query.points, index.keypoints(number), reach=0.15 * float(index.boxes[2 * number].max()))
    if followers >= 4:
        found.append(affine)
    judged = [(likeness(thumb, query.small, _scaled(affine, scale, query.small_scale)), affine) for affine in found]
    best = max(judged, key=lambda each: each[0])
    return best[0], number, best[1]


def _box_to_box(source: Box, target: Box) -> Affine:
    x = (target[2] - target[0]) / (source[2] - source[0])
    y = (target[3] - target[1]) / (source[3] - source[1])
    return np.array([[x, 0.0, target[0] - x * source[0]], [0.0, y, target[1] - y * source[1]]])


def _reduced(picture: Image.Image, side: int) -> tuple[Image.Image, tuple[float, float]]:
    """No larger than that, and how many of its pixels make one of the new, across and down."""
    scale = max(1.0, max(picture.size) / side)
    size = max(8, round(picture.width / scale)), max(8, round(picture.height / scale))
    small = picture.resize(size, Image.Resampling.BOX) if size != picture.size else picture
    return small, (picture.width / size[0], picture.height / size[1])


def _scaled(affine: Affine, reference: tuple[float, float], query: tuple[float, float] = (1.0, 1.0)) -> Affine:
    """The same placement for pictures reduced that much."""
    return np.diag([1 / query[0], 1 / query[1]]) @ affine @ np.diag([*reference, 1.0])
