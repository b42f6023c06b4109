"""What local search knows of saved sites: which pictures there are, where each is shown, and its description from the image index."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from vwi_lake.providers import Fetched
from vwi_lake.providers.image_index import THUMB_SIDE, VERSION, Description, Segments, add_new, describe, read_arrow, write_arrow
from vwi_lake.providers.saved import SavedWeb
from vwi_lake.web.fingerprints import PARTS, WORDS, Box, Words, kept_parts
from vwi_lake.web.images import ImageRejected, data_url, decode
from vwi_lake.web.trees import TreeTooComplex, build_tree
from vwi_lake.web.urls import canonical

REFERENCE_SIDE = 384
MIN_SIDE = 16

_SHOWN = pa.schema([("page_url", pa.string()), ("image_url", pa.string()), ("sha256", pa.binary(32))], metadata={b"version": VERSION})
Places = list[tuple[str, str, bytes]]  # page URL, image URL, sha256 of its file


@dataclass(frozen=True)
class Index:
    """One entry a picture, however many files, URLs and pages show it."""

    shown: list[list[tuple[str, str]]]  # page URL and image URL
    hashes: Words  # (PARTS, WORDS, n)
    sizes: NDArray[np.uint16]
    trimmed: NDArray[np.uint16]
    rows: NDArray[np.int64]  # in the segments
    segments: Segments

    def size(self, number: int) -> tuple[int, int]:
        width, height = self.sizes[number].tolist()
        return width, height

    def parts(self, number: int) -> list[Box]:
        return kept_parts(self.size(number), tuple(self.trimmed[number].tolist()))

    def thumb(self, number: int) -> tuple[Image.Image, tuple[float, float]]:
        """And how many of the picture's pixels make one of its, across and down."""
        width, height = self.size(number)
        pixels = self.segments.column("thumb", self.rows[[number]])
        return Image.fromarray(pixels.reshape(THUMB_SIDE, THUMB_SIDE)), (width / THUMB_SIDE, height / THUMB_SIDE)


def load_or_build(web: SavedWeb, folder: Path, progress: Callable[[int, int], None] | None = None) -> Index:
    """The index of exactly these saved sites. Pictures that another set of sites held are described already."""
    path = folder / f"shown-{web.identity()[:24]}.arrow"
    segments = Segments(folder)
    kept = read_arrow(path, _SHOWN)
    places: Places | None = list(zip(*(column.to_pylist() for column in kept.columns), strict=True)) if kept else None
    if places is None or any(sha not in segments.rows for _, _, sha in places):
        places = _describe_all(web, segments, progress)
        write_arrow(path, _SHOWN, [list(column) for column in zip(*places, strict=True)] or [[], [], []])
    return _assembled(places, segments)


def _describe_all(web: SavedWeb, segments: Segments, progress: Callable[[int, int], None] | None) -> Places:
    shown = sorted(_shown(web).items())
    places: Places = []

    def new() -> Iterator[tuple[bytes, Description | None]]:
        seen = set()
        for done, (url, pages) in enumerate(shown, 1):
            if data := read_bytes(web, url):
                sha = hashlib.sha256(data).digest()
                places.extend((page, url, sha) for page in pages)
                if sha not in segments.rows and sha not in seen:
                    seen.add(sha)
                    yield sha, describe_file(data)
            if progress:
                progress(done, len(shown))

    add_new(segments, new())
    return places


def describe_file(data: bytes) -> Description | None:
    """None for what is no picture, or shows nothing."""
    try:
        picture = picture_of(data, REFERENCE_SIDE)
    except ImageRejected:
        return None
    return describe(picture) if tells_something(picture) else None


def _assembled(places: Places, segments: Segments) -> Index:
    wanted = np.array([segments.rows[sha] for _, _, sha in places], np.int64)
    pixels = segments.column("pixels", wanted)
    numbers: dict[bytes, int] = {}
    rows: list[int] = []
    shown: list[list[tuple[str, str]]] = []
    for (page, image, _), row, key in zip(places, wanted.tolist(), map(bytes, pixels), strict=True):
        if not any(key):
            continue
        number = numbers.setdefault(key, len(rows))
        if number == len(rows):
            rows.append(row)
            shown.append([])
        shown[number].append((page, image))
    kept = np.array(rows, np.int64)
    hashes, sizes, trimmed = (segments.column(name, kept) for name in ("hashes", "size", "trimmed"))
    planes = np.ascontiguousarray(hashes.reshape(-1, PARTS, WORDS).transpose(1, 2, 0))
    return Index([sorted(set(each)) for each in shown], planes, sizes, trimmed, kept, segments)


def _shown(web: SavedWeb) -> dict[str, list[str]]:
    """Image URL to the pages that show it."""
    shown: defaultdict[str, list[str]] = defaultdict(list)
    for page_url in web.pages():
        page = web.read(page_url)
        if page.body is None:
            continue
        try:
            images = build_tree(page.body, page.final_url, page.charset).images
        except TreeTooComplex:
            continue
        for url in dict.fromkeys([*(image.url for image in images), *_named_in_data(web, page)]):
            shown[url].append(page_url)
    return shown


def _named_in_data(web: SavedWeb, page: Fetched) -> list[str]:
    """Saved pictures named in saved JSON that the page's scripts name: a quiz page often draws its figures from such a bank."""
    found = []
    for name in _quoted(page.body or b"", rb"json")[:20]:
        bank = web.read(_joined(name, page.final_url))
        for picture in _quoted(bank.body or b"", rb"(?:png|jpe?g|gif|svg|webp|avif|bmp)")[:2000]:
            url = _joined(picture, page.final_url)  # a script's requests and pictures start from the page
            if web.read(url).body:
                found.append(url)
    return found


def _quoted(text: bytes, suffix: bytes) -> list[str]:
    names = re.findall(rb"""["']([^"'<>\s]{1,500}\.""" + suffix + rb""")["']""", text, re.IGNORECASE)
    return list(dict.fromkeys(name.replace(b"\\/", b"/").decode("utf-8", "replace") for name in names))


def _joined(name: str, base: str) -> str:
    try:
        return canonical(name, base)
    except ValueError:
        return ""


def read_bytes(web: SavedWeb, url: str) -> bytes | None:
    try:
        return data_url(url)[1] if url[:5].lower() == "data:" else web.read(url).body
    except ValueError:  # a malformed data: URL
        return None


def read_picture(web: SavedWeb, url: str, side: int) -> Image.Image | None:
    """RGB on white, no larger than that; None where there is no picture."""
    data = read_bytes(web, url)
    try:
        return picture_of(data, side) if data else None
    except ImageRejected:
        return None


def picture_of(data: bytes, side: int) -> Image.Image:
    image = decode(data)
    if max(image.size) > side:
        scale = side / max(image.size)
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        image = image.resize(size, Image.Resampling.BOX if scale < 0.5 else Image.Resampling.LANCZOS, reducing_gap=2.0)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def tells_something(picture: Image.Image) -> bool:
    """Dots, rules and blank areas look like parts of anything."""
    low, high = picture.convert("L").getextrema()
    return min(picture.size) >= MIN_SIDE and float(high) - float(low) > 24  # type: ignore[arg-type]
