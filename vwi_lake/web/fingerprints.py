"""Perceptual hashes of a picture and of parts of it, and the look-up of the nearest among very many.

A hash is the signs of the 128 lowest frequencies (DCT; after Zauner 2010) of one part of the picture, stretched to a square. What a
page does to a picture is met by the choice of parts: margins are left out, what is kept is also hashed as a crop would leave it, and
what is asked about also without the text around it. The negative of a picture has the opposite of all bits.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

Box = tuple[float, float, float, float]
Words = NDArray[np.uint64]

BITS = 128
WORDS = BITS // 64
PARTS = 4  # of a kept picture
_SIDE, _FREQUENCIES = 32, 16
_INK = 24  # grey levels off the ground
_BLOCK = 1 << 14  # pictures looked at together: their hashes stay in the processor's cache


@dataclass(frozen=True)
class Near:
    """The pair of parts that agree best, as numbers of the kept and of the asked-about parts."""

    number: int  # of the kept picture
    distance: int  # bits of BITS
    part: int
    asked: int
    inverted: bool


def kept_parts(size: tuple[int, int], trimmed: Box) -> list[Box]:
    """The whole, without margins, and what crops of 10 % and 5 % of each side leave."""
    whole = (0.0, 0.0, float(size[0]), float(size[1]))
    return [whole, trimmed, _inner(whole, 0.10), _inner(whole, 0.05)]


def _inner(box: Box, share: float) -> Box:
    dx, dy = (box[2] - box[0]) * share, (box[3] - box[1]) * share
    return box[0] + dx, box[1] + dy, box[2] - dx, box[3] - dy


def asked_parts(grey: Image.Image) -> list[Box]:
    return [(0.0, 0.0, float(grey.width), float(grey.height)), trim(grey)]


def trim(grey: Image.Image) -> Box:
    """What is left without margins of one grey value."""
    inner = _ink(grey, _INK).getbbox()
    big_enough = inner and min(inner[2] - inner[0], inner[3] - inner[1]) >= 8
    return inner if inner and big_enough else (0, 0, *grey.size)


def _ink(grey: Image.Image, least: int) -> Image.Image:
    corners = sorted(grey.getpixel(at) for at in ((0, 0), (grey.width - 1, 0), (0, grey.height - 1), (grey.width - 1, grey.height - 1)))  # type: ignore[type-var]
    ground = Image.new("L", grey.size, corners[1])
    return ImageChops.difference(grey, ground).point(lambda value: 255 if value > least else 0)


def windows(grey: Image.Image) -> list[Box]:
    """Stretches of rows between the widest empty ones: a figure without its caption or the text above it, sheets on a tinted page too."""
    found: list[Box] = []
    for least, most in ((_INK, 4), (3, 2)):
        inked = np.asarray(_ink(grey, least)) > 0
        found += sorted(_stretches(inked), key=lambda box: -(box[2] - box[0]) * (box[3] - box[1]))[:most]
    return list(dict.fromkeys(found))


def _stretches(inked: NDArray[np.bool_], cuts: int = 3) -> list[Box]:
    rows = np.flatnonzero(inked.any(axis=1))
    if len(rows) < 2:
        return []
    gaps = np.diff(rows)
    widest = np.sort(np.argsort(-gaps, kind="stable")[:cuts])
    widest = widest[gaps[widest] > max(3, 0.01 * len(inked))]
    tops, ends = [rows[0], *rows[widest + 1]], [*(rows[widest] + 1), rows[-1] + 1]
    found = []
    for i, top in enumerate(tops):
        for end in ends[i:]:
            columns = np.flatnonzero(inked[top:end].any(axis=0))
            box = (float(columns[0]), float(top), float(columns[-1] + 1), float(end))
            if (box[2] - box[0]) * (box[3] - box[1]) >= 0.1 * inked.size and min(box[2] - box[0], box[3] - box[1]) >= 16:
                found.append(box)
    return found


def fingerprint(grey: Image.Image, box: Box) -> Words:
    small = np.asarray(grey.resize((_SIDE, _SIDE), Image.Resampling.BOX, box=box), np.float32)
    bits = (_DCT @ small @ _DCT.T)[_ORDER] > 0
    return np.packbits(bits).view(np.uint64)


def _lowest() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first is left out: it is the mean brightness, which says nothing."""
    rows, columns = np.divmod(np.arange(_FREQUENCIES**2), _FREQUENCIES)
    order = np.lexsort((rows, rows + columns))[1 : BITS + 1]
    return rows[order], columns[order]


_DCT = np.cos(np.pi / _SIDE * (np.arange(_SIDE) + 0.5) * np.arange(_FREQUENCIES)[:, None]).astype(np.float32)
_ORDER = _lowest()


def distances(kept: Words, asked: Words) -> NDArray[np.uint8]:
    """Of each kept picture (PARTS, WORDS, n) to the nearest of the parts asked about (m, WORDS), or to its negative."""
    found = np.empty(kept.shape[2], np.uint8)
    for start in range(0, len(found), _BLOCK):
        block = kept[:, :, start : start + _BLOCK]
        nearest = found[start : start + _BLOCK]
        nearest[:] = BITS
        for part in block:
            for words in asked:
                off = _off(part, words)
                np.minimum(nearest, off, out=nearest)
                np.minimum(nearest, np.uint8(BITS) - off, out=nearest)
    return found


def _off(part: Words, words: Words) -> NDArray[np.uint8]:
    off = np.bitwise_count(part[0] ^ words[0])
    for plane, word in zip(part[1:], words[1:], strict=True):
        off += np.bitwise_count(plane ^ word)
    return off


def nearest(kept: Words, asked: Words, most: int, within: int) -> list[Near]:
    """At most that many pictures, nearest first, none further off than `within` bits."""
    off = distances(kept, asked)
    counted = np.cumsum(np.bincount(off, minlength=BITS + 1))
    limit = min(within, int(np.searchsorted(counted, most)))  # all at this distance are looked at, else the choice among them is by chance
    numbers = np.flatnonzero(off <= limit)
    numbers = numbers[np.argsort(off[numbers], kind="stable")][:most]
    return [_best_pair(kept[:, :, number], asked, int(number)) for number in numbers]


def _best_pair(kept: Words, asked: Words, number: int) -> Near:
    off = np.bitwise_count(kept[:, None] ^ asked[None]).sum(axis=2, dtype=np.int64)
    folded = np.minimum(off, BITS - off)
    part, which = np.unravel_index(int(folded.argmin()), folded.shape)
    return Near(number, int(folded[part, which]), int(part), int(which), bool(off[part, which] > BITS / 2))
