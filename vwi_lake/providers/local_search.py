"""Search by image over saved sites: which pages show the picture asked about, or a copy of it that was resized, cropped, framed …

Hashes propose candidates; the few that look likely are laid over the query pixel by pixel, since a chapter holds many diagrams that
differ by a label or by the colour of a stripe.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

import anyio.to_thread
import numpy as np
from PIL import Image, ImageOps

from vwi_lake.providers import Hit
from vwi_lake.providers.local_index import REFERENCE_SIDE, Index, load_or_build, picture_of, read_picture, tells_something
from vwi_lake.providers.saved import SavedWeb
from vwi_lake.web.alignment import COARSE_TO_FINE, Affine, Comparison
from vwi_lake.web.fingerprints import Box, Near, asked_parts, fingerprint, nearest, windows
from vwi_lake.web.images import ImageRejected
from vwi_lake.web.placement import Placement, Scale, fit, guess, lay_over, reduced, rescaled

FINE_QUERY_SIDE, QUERY_SIDE = 1280, 640
COARSE_SIDE = 128  # of the query, which may hold more than the picture
FINE_SIDE = 640
CANDIDATES, WITHIN, SPREAD = 48, 56, 28  # proposed by hashes: of 128 bits so many may differ, and so many more than of the nearest
UNTURNED = 10  # bits: no turned picture has a hash as near as that
FITTED, LAID_OVER, LOOKED_AT_FINELY = 12, 4, 2  # of the candidates, looked at closer and closer
LEAST_LIKENESS = 0.4
THRESHOLD = 0.55  # of the score of a near duplicate; what is similar has less


@dataclass(frozen=True)
class _Query:
    fine: Image.Image

    @cached_property
    def rgb(self) -> Image.Image:
        return reduced(self.fine, QUERY_SIDE)[0]

    @cached_property
    def grey(self) -> Image.Image:
        return self.rgb.convert("L")

    @cached_property
    def small(self) -> tuple[Image.Image, Scale]:
        return reduced(self.grey, COARSE_SIDE)

    @cached_property
    def negative(self) -> "_Query":
        return _Query(ImageOps.invert(self.fine))


@dataclass(frozen=True)
class _Candidate:
    number: int  # in the index
    query: _Query  # or its negative
    placement: Placement  # from the reference, REFERENCE_SIDE the longer side, to the query at QUERY_SIDE


@dataclass(frozen=True)
class Match:
    number: int  # in the index
    comparison: Comparison
    affine: Affine

    @property
    def kind(self) -> Literal["near_duplicate", "similar"] | None:
        """The same picture, changed as a whole; or the same drawing with something else in it."""
        if self.comparison.score >= THRESHOLD:
            return "near_duplicate"
        alike = self.comparison.likeness >= 0.95 and self.comparison.coverage >= 0.9 and self.comparison.off <= 0.02
        return "similar" if alike else None

    @property
    def score(self) -> float:
        return max(self.comparison.score, THRESHOLD * self.comparison.likeness**2) if self.kind == "similar" else self.comparison.score


class LocalSearch:
    name = "local"

    def __init__(self, web: SavedWeb, index_dir: Path, progress: Callable[[int, int], None] | None = None):
        self.web, self.index_dir, self.progress = web, Path(index_dir), progress
        self._index: Index | None = None
        self._lock = asyncio.Lock()
        self._reference = lru_cache(maxsize=256)(self._read_reference)

    async def search(self, image: bytes) -> list[Hit]:
        """Pages that show it, best match first, then those that show one like it; none where nothing on the pages is."""
        async with self._lock:
            index = await anyio.to_thread.run_sync(self.index)  # anyio's threads can ask the event loop to render a page
        matches = await asyncio.to_thread(self.matches, index, image)
        best = {page: (match, url) for match in reversed(_worth_telling(matches)) for page, url in reversed(index.shown[match.number])}
        order = sorted(best.items(), key=lambda item: (-round(item[1][0].score, 4), item[0]))
        return [Hit(rank, page, url, round(match.score, 4), match.kind) for rank, (page, (match, url)) in enumerate(order, 1)]

    def index(self) -> Index:
        if self._index is None:
            self._index = load_or_build(self.web, self.index_dir, self.progress)
        return self._index

    def matches(self, index: Index, image: bytes) -> list[Match]:
        """Every picture looked at closely, best first; parts of the query are tried where the whole finds nothing."""
        try:
            rgb = picture_of(image, FINE_QUERY_SIDE)
        except ImageRejected:
            return []
        if not index.shown or not tells_something(rgb):
            return []
        query = _Query(rgb)
        found = self._matches_of(index, query, asked_parts(query.grey))
        if (not found or found[0].kind != "near_duplicate") and (parts := windows(query.grey)):
            found = sorted([*found, *self._matches_of(index, query, parts)], key=_order)
        return found

    def _matches_of(self, index: Index, query: _Query, parts: list[Box]) -> list[Match]:
        near = nearest(index.hashes, np.stack([fingerprint(query.grey, part) for part in parts]), CANDIDATES, WITHIN)
        near = [each for each in near if each.distance <= near[0].distance + SPREAD]
        rough = [(match, each) for each in _likely(index, query, parts, near) if (match := self._laid_over(each))]
        rough.sort(key=lambda pair: _order(pair[0]))
        fine = [self._looked_at_finely(match, each.query) for match, each in rough[:LOOKED_AT_FINELY]]
        return sorted([*fine, *(match for match, _ in rough[LOOKED_AT_FINELY:])], key=_order)

    def _laid_over(self, candidate: _Candidate) -> Match | None:
        reference = self._reference(candidate.number, REFERENCE_SIDE)  # none: gone since it was indexed
        found = lay_over(reference, candidate.query.rgb, candidate.placement.affine) if reference else None
        return Match(candidate.number, *found) if found else None

    def _looked_at_finely(self, match: Match, query: _Query) -> Match:
        """Again with more pixels: a thin line more or less is lost in few."""
        coarse, fine = self._reference(match.number, REFERENCE_SIDE), self._reference(match.number, FINE_SIDE)
        if match.score < THRESHOLD / 2 or coarse is None or fine is None or fine.size == coarse.size == query.fine.size:
            return match
        scale = coarse.width / fine.width, coarse.height / fine.height
        shrunk = query.rgb.width / query.fine.width, query.rgb.height / query.fine.height
        found = lay_over(fine, query.fine, rescaled(match.affine, scale, shrunk), COARSE_TO_FINE[1:])
        return Match(match.number, *found) if found else match

    def _read_reference(self, number: int, side: int) -> Image.Image | None:
        return read_picture(self.web, self.index().shown[number][0][1], side)


def _likely(index: Index, query: _Query, parts: list[Box], near: list[Near]) -> list[_Candidate]:
    """Judged on few pixels: where hashes say the picture lies, then fitted, likeliest first."""
    guessed = []
    for each in near:
        seen = query.negative if each.inverted else query
        pair = index.parts(each.number)[each.part], parts[each.asked]
        guessed.append(_Candidate(each.number, seen, guess(index.thumb(each.number), seen.small, pair, each.distance > UNTURNED)))
    guessed.sort(key=_likeliest)
    fitted = [
        _Candidate(each.number, each.query, fit(index.thumb(each.number), each.query.small, each.placement)) for each in guessed[:FITTED]
    ]
    fitted.sort(key=_likeliest)
    return [each for each in fitted[:LAID_OVER] if each.placement.likeness > max(LEAST_LIKENESS, 0.6 * fitted[0].placement.likeness)]


def _worth_telling(matches: list[Match]) -> list[Match]:
    """Far behind the best is another picture."""
    return [m for m in matches if m.kind == "similar" or (m.kind and m.score >= 0.8 * matches[0].score)]


def _likeliest(candidate: _Candidate) -> tuple[float, int]:
    return -candidate.placement.likeness, candidate.number


def _order(match: Match) -> tuple[float, int]:
    return -match.score, match.number
