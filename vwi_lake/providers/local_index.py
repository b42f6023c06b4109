"""What local search knows of the pictures on saved pages: where each is shown, its keypoints, small views. Kept in one .npz file."""

import hashlib
import io
import os
import re
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from vwi_lake.providers import Fetched
from vwi_lake.providers.saved import SavedWeb
from vwi_lake.web.images import data_url, decode
from vwi_lake.web.keypoints import Keypoints, describe
from vwi_lake.web.trees import TreeTooComplex, build_tree
from vwi_lake.web.urls import canonical

Box = tuple[int, int, int, int]

VERSION = 2  # of what is kept: raise it when features change
REFERENCE_SIDE = 384
REFERENCE_POINTS = 160
THUMB_SIDE = 96
VIEW_SIDE = 16
MIN_SIDE = 16


@dataclass(frozen=True)
class Index:
    """One entry a picture, however many URLs and pages show it."""

    shown: list[list[tuple[str, str]]]  # page URL and image URL
    starts: NDArray[np.int64]  # of each picture's keypoints; one more than there are pictures
    points: Keypoints
    views: NDArray[np.float32]  # two rows a picture: whole, and without its margins
    boxes: NDArray[np.int64]  # likewise
    thumb_starts: NDArray[np.int64]
    thumbs: NDArray[np.uint8]  # grey pixels of all, THUMB_SIDE the longer side

    def keypoints(self, number: int) -> Keypoints:
        part = slice(self.starts[number], self.starts[number + 1])
        return Keypoints(self.points.xy[part], self.points.scale[part], self.points.descriptors[part])

    def thumb(self, number: int) -> tuple[Image.Image, tuple[float, float]]:
        """And how many of the picture's pixels make one of its, across and down."""
        width, height = self.boxes[2 * number, 2:].tolist()
        size = thumb_size(width, height)
        pixels = self.thumbs[self.thumb_starts[number] : self.thumb_starts[number + 1]]
        return Image.fromarray(pixels.reshape(size[1], size[0])), (width / size[0], height / size[1])


def thumb_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, THUMB_SIDE / max(width, height))
    return max(8, round(width * scale)), max(8, round(height * scale))


def load_or_build(web: SavedWeb, folder: Path, progress: Callable[[int, int], None] | None = None) -> Index:
    """The index of exactly these saved sites: from the folder, or made now and left there."""
    path = folder / f"images-{VERSION}-{web.identity()[:24]}.npz"
    try:
        return _load(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):  # not there yet, or torn: made anew
        pass
    index = build(web, progress)
    _save(index, path)
    return index


def build(web: SavedWeb, progress: Callable[[int, int], None] | None = None) -> Index:
    shown = _shown(web)
    pictures: dict[bytes, list[tuple[str, str]]] = {}
    entries: list[_Entry] = []
    for done, (url, pages) in enumerate(sorted(shown.items()), 1):
        picture = read_picture(web, url, REFERENCE_SIDE)
        if picture is not None and tells_something(picture):
            key = hashlib.sha256(picture.tobytes() + repr(picture.size).encode()).digest()
            if key not in pictures:
                entries.append(_entry(picture.convert("L")))
            pictures.setdefault(key, []).extend((page, url) for page in pages)
        if progress:
            progress(done, len(shown))
    return _assembled([sorted(set(places)) for places in pictures.values()], entries)


@dataclass(frozen=True)
class _Entry:
    points: Keypoints
    views: NDArray[np.float32]
    boxes: NDArray[np.int64]
    thumb: NDArray[np.uint8]


def _entry(grey: Image.Image) -> _Entry:
    parts = boxes(grey)
    views = np.stack([view(grey, box) for box in parts])
    thumb = np.asarray(grey.resize(thumb_size(*grey.size), Image.Resampling.BOX), np.uint8).ravel()
    return _Entry(describe(grey, REFERENCE_POINTS), views, np.array(parts, np.int64), thumb)


def _assembled(shown: list[list[tuple[str, str]]], entries: list[_Entry]) -> Index:
    blank = Image.new("L", (MIN_SIDE, MIN_SIDE))
    each = entries or [_entry(blank)]  # arrays need a shape, even where there is nothing
    points = Keypoints(*(np.concatenate([getattr(e.points, name) for e in each]) for name in ("xy", "scale", "descriptors")))
    starts, thumb_starts = (np.cumsum([0, *sizes]) for sizes in ([len(e.points.xy) for e in entries], [len(e.thumb) for e in entries]))
    views, places, thumbs = (np.concatenate([getattr(e, name) for e in each]) for name in ("views", "boxes", "thumb"))
    return Index(shown, starts, points, views, places, thumb_starts, thumbs)


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


def read_picture(web: SavedWeb, url: str, side: int) -> Image.Image | None:
    """RGB on white, no larger than that; None where there is no picture."""
    try:
        data = data_url(url)[1] if url[:5].lower() == "data:" else web.read(url).body
        return picture_of(data, side) if data else None
    except ValueError:  # a malformed data: URL, or ImageRejected
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


def boxes(grey: Image.Image) -> list[Box]:
    """The whole, and what is left without margins of one grey value."""
    whole = (0, 0, *grey.size)
    corners = sorted(grey.getpixel(at) for at in ((0, 0), (grey.width - 1, 0), (0, grey.height - 1), (grey.width - 1, grey.height - 1)))  # type: ignore[type-var]
    ground = Image.new("L", grey.size, corners[1])
    inner = ImageChops.difference(grey, ground).point(lambda value: 255 if value > 24 else 0).getbbox()
    big_enough = inner and min(inner[2] - inner[0], inner[3] - inner[1]) >= 8
    return [whole, inner if inner and big_enough else whole]


def view(grey: Image.Image, box: Box) -> NDArray[np.float32]:
    """A unit vector of few pixels, without mean."""
    small = np.asarray(grey.resize((VIEW_SIDE, VIEW_SIDE), Image.Resampling.BOX, box=box), np.float32).ravel()
    small = small - small.mean()
    return np.asarray(small / max(float(np.linalg.norm(small)), 1e-6), np.float32)


_ARRAYS = ("starts", "views", "boxes", "thumb_starts", "thumbs")


def _save(index: Index, path: Path) -> None:
    """Written aside and renamed, so that nobody reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    places = [(number, page, image) for number, shown in enumerate(index.shown) for page, image in shown]
    texts = "\0".join(text for _, page, image in places for text in (page, image)).encode("utf-8", "surrogatepass")
    buffer = io.BytesIO()
    np.savez(
        buffer,
        numbers=np.array([number for number, _, _ in places], np.int64),
        texts=np.frombuffer(texts, np.uint8),
        xy=index.points.xy,
        scale=index.points.scale,
        descriptors=index.points.descriptors,
        **{name: getattr(index, name) for name in _ARRAYS},
    )
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(buffer.getbuffer())
    Path(name).replace(path)


def _load(path: Path) -> Index:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
        texts = kept["texts"].tobytes().decode("utf-8", "surrogatepass").split("\0")
        shown: list[list[tuple[str, str]]] = [[] for _ in range(len(kept["starts"]) - 1)]
        for number, page, image in zip(kept["numbers"].tolist(), texts[::2], texts[1::2], strict=False):
            shown[number].append((page, image))
        points = Keypoints(kept["xy"], kept["scale"], kept["descriptors"])
        return Index(shown, points=points, **{name: kept[name] for name in _ARRAYS})
