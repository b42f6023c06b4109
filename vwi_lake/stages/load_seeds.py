"""Which images does the search start from?"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from vwi_lake.columns import Record, clean
from vwi_lake.errors import VwiError
from vwi_lake.providers.seed_lists import SUFFIXES, Entry, parquet_image, read_list
from vwi_lake.stage import Row, Stage
from vwi_lake.web.images import ImageRejected, decode, normalize
from vwi_lake.web.likeness import grey_tiles
from vwi_lake.world import World

MAX_SEED_BYTES = 50 << 20
LISTED = {
    "folder": pl.String,
    "source": pl.String,
    "fingerprint": pl.String,
    "url": pl.String,
    "subject": pl.String,
    "name": pl.String,
    "parquet_row": pl.Int64,  # of `source` before its '#'
    "problem": pl.String,
}


@dataclass(frozen=True, kw_only=True)
class Seed(Record):
    """bronze.seeds: one row per seed (a file, a line of a list, an image of a kept pair) and version of it."""

    TABLE: ClassVar[str] = "seeds"

    folder: str  # what --seeds named; `mined` for images of kept pairs, where the source is the image's URL
    source: str  # the file's path under it; of a list's line also file#row, file:line, or the image's URL
    fingerprint: str  # size and modification time: a changed file is read again
    seed_id: str | None = None  # sha256 of the file
    url: str | None = None  # where anyone can see it, if the list says so
    subject: str | None = None
    name: str | None = None  # the list's own id
    round: int = 1  # the first in which it is searched for
    format: str | None = None
    width: int | None = None
    height: int | None = None
    phash: str | None = None
    tiles: list[int] | None = None  # mean grey of 48×48 parts, to tell copies from variants
    error: str | None = None


def list_seeds(world: World) -> pl.DataFrame:
    """Every file under --seeds, images or not, and every line of the lists: what is no image becomes a row that says so."""
    if world.settings.seeds is None:
        return pl.DataFrame(schema=LISTED)
    root = Path(world.settings.seeds)
    if not root.exists():
        raise VwiError(f"no seed images at {root}: give --seeds a folder of images, one image, or a list (JSONL, CSV or Parquet)")
    rows = list(_rows(root))
    if not rows:
        raise VwiError(f"{root} is empty: give --seeds a folder with images")
    return pl.DataFrame(clean(rows), schema=LISTED, orient="row").unique(["folder", "source"], keep="first", maintain_order=True)


def _rows(root: Path) -> Iterator[Row]:
    if root.is_dir():
        return _in_folder(root)
    return _in_list(root, root.parent) if root.suffix.lower() in SUFFIXES else iter([_file(root, root.parent)])


def _in_folder(root: Path) -> Iterator[Row]:
    """Parquet files hold images; a JSONL or CSV file among images may be about anything, and is a list only where it is named itself."""
    for path in sorted(p for p in root.rglob("*") if p.is_file() and not p.name.startswith(".")):
        yield from _in_list(path, root) if path.suffix.lower() == ".parquet" else [_file(path, root)]


def _in_list(path: Path, root: Path) -> Iterator[Row]:
    fingerprint = _fingerprint(path)
    for entry in read_list(path):
        yield _listed(entry, path, root, fingerprint)


def _listed(entry: Entry, path: Path, root: Path, fingerprint: str) -> Row:
    said = {"url": entry.url, "subject": entry.subject, "name": entry.name}
    within = path.relative_to(root).as_posix()
    if entry.problem:
        return _row(root, f"{within}:{entry.line}", fingerprint, said) | {"problem": entry.problem}
    if entry.has_bytes:
        return _row(root, f"{within}#{entry.line}", fingerprint, said) | {"parquet_row": entry.line}
    if entry.image is None:
        return _row(root, entry.url or "", "url", said)
    image = path.parent / entry.image
    row = _row(root, os.path.relpath(image, root), _fingerprint(image), said)
    return row if image.is_file() else row | {"problem": "missing"}


def _file(path: Path, root: Path) -> Row:
    return _row(root, path.relative_to(root).as_posix(), _fingerprint(path), {})


def _row(root: Path, source: str, fingerprint: str, said: Row) -> Row:
    """A list that says something new about an image makes it a new version."""
    words = [value for value in said.values() if value]
    version = f":{hashlib.md5('|'.join(words).encode(), usedforsecurity=False).hexdigest()[:8]}" if words else ""
    key = {"folder": str(root.absolute()), "source": source, "fingerprint": fingerprint + version}
    return dict.fromkeys(LISTED) | said | key


def _fingerprint(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return "missing"
    return f"{stat.st_size}:{stat.st_mtime_ns}"


async def ask(row: Row, world: World) -> list[Record]:
    """A seed that is only an address is fetched; the image itself is read in a worker process, as the others are."""
    assert world.compute is not None
    if row["problem"] or row["parquet_row"] or not _is_address(row):
        return _kept_in(await world.compute(STAGE, row), row, world)
    if world.kept_out.url(row["url"]):
        return [_seed(row, error="forgotten")]
    if world.fetcher is None:
        return [_seed(row, error="no_fetcher")]
    got = await world.fetcher.fetch(row["url"])
    if got.error or got.status != 200 or not got.body:
        return [_seed(row, error=got.error or ("http_status" if got.status != 200 else "empty_body"))]
    return _kept_in(await world.compute(STAGE, row | {"blob_sha": world.blobs.put(got.body)}), row, world)


def _kept_in(records: list[Record], row: Row, world: World) -> list[Record]:
    """A picture that was taken down is no seed again, and leaves no bytes."""
    (seed,) = records
    if not (isinstance(seed, Seed) and world.kept_out.image(seed.seed_id)):
        return records
    world.blobs.delete(seed.seed_id or "")
    return [_seed(row, error="forgotten")]


def _is_address(row: Row) -> bool:
    return row["source"] == row["url"]


def compute(row: Row, world: World) -> list[Record]:
    """Read one image; its bytes go to the blobs under the seed_id."""
    if row["problem"]:
        return [_seed(row, error=row["problem"])]
    try:
        data = _bytes(row, world)
        if data is None:
            return [_seed(row, error="missing")]
        if len(data) > MAX_SEED_BYTES:
            return [_seed(row, error="too_large")]
        image = normalize(data)
    except OSError:
        return [_seed(row, error="unreadable")]
    except ImageRejected as error:
        return [_seed(row, error=error.reason)]
    seen = {"format": image.source_format, "width": image.width, "height": image.height, "phash": image.phash}
    return [_seed(row, seed_id=world.blobs.put(data), tiles=grey_tiles(decode(image.data)), **seen)]


def _bytes(row: Row, world: World) -> bytes | None:
    """None where a Parquet row holds no image."""
    if row.get("blob_sha"):
        return world.blobs.get(row["blob_sha"])
    if row["parquet_row"]:
        return parquet_image(Path(row["folder"]) / row["source"].rpartition("#")[0], row["parquet_row"])
    path = Path(row["folder"]) / row["source"]
    if path.stat().st_size > MAX_SEED_BYTES:
        raise ImageRejected("too_large")
    return path.read_bytes()


def _seed(row: Row, **values: Any) -> Seed:
    return Seed(**{k: row[k] for k in STAGE.key}, **values)


STAGE = Stage(
    name="load_seeds",
    question=__doc__ or "",
    records=(Seed,),
    ask=ask,
    compute=compute,
    key=("folder", "source", "fingerprint", "url", "subject", "name"),
    listing=list_seeds,
    variables=lambda world: {"can_fetch": world.fetcher is not None},
    in_round=lambda number: number == 1,
)
