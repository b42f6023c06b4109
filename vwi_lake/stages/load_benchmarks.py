"""What do the benchmarks ask that the data must not give away?"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import polars as pl

from vwi_lake.columns import Record, clean
from vwi_lake.providers.benchmark_files import Item, files_of, positions, read_item
from vwi_lake.stage import Row, Stage
from vwi_lake.web.images import ImageRejected, normalize
from vwi_lake.world import World

LISTED = {"benchmark": pl.String, "source": pl.String, "position": pl.Int64, "fingerprint": pl.String}


@dataclass(frozen=True)
class BenchmarkImage:
    sha256: str  # of the image as this lake keeps images
    phash: str
    shape: float  # width / height


@dataclass(frozen=True, kw_only=True)
class BenchmarkItem(Record):
    """bronze.benchmark_items: one row per item of a benchmark and version of its file."""

    TABLE: ClassVar[str] = "benchmark_items"

    benchmark: str  # what [benchmarks] or --benchmarks named, absolute
    source: str  # the file under it
    position: int  # of the row, from 0
    fingerprint: str  # size and modification time of the file
    item_id: str | None = None
    question: str | None = None
    answer: str | None = None
    images: list[BenchmarkImage] | None = None
    error: str | None = None


def list_items(world: World) -> pl.DataFrame:
    rows = [row for path in world.settings.benchmarks for row in _items(Path(path).absolute())]
    return pl.DataFrame(clean(rows), schema=LISTED, orient="row")


def _items(root: Path) -> Iterator[Row]:
    for path in files_of(root):
        stat = path.stat()
        source = path.relative_to(root if root.is_dir() else root.parent).as_posix()
        known = {"benchmark": str(root), "source": source, "fingerprint": f"{stat.st_size}:{stat.st_mtime_ns}"}
        for position in positions(path):
            yield {**known, "position": position}


def compute(row: Row, world: World) -> list[Record]:
    """Read one item; of its images only hashes are kept."""
    root = Path(row["benchmark"])
    item = read_item((root if root.is_dir() else root.parent) / row["source"], row["position"])
    known = {name: row[name] for name in STAGE.key}
    if item.question is None and not item.images:
        return [BenchmarkItem(**known, item_id=item.item_id, error="no_question")]
    return [BenchmarkItem(**known, item_id=item.item_id, question=item.question, answer=item.answer, images=list(_hashed(item)))]


def _hashed(item: Item) -> Iterator[BenchmarkImage]:
    for data in item.images:
        try:
            image = normalize(data)
        except ImageRejected:
            continue
        yield BenchmarkImage(hashlib.sha256(image.data).hexdigest(), image.phash, image.width / image.height)


STAGE = Stage(
    name="load_benchmarks",
    question=__doc__ or "",
    records=(BenchmarkItem,),
    compute=compute,
    key=("benchmark", "source", "position", "fingerprint"),
    listing=list_items,
    in_round=lambda number: number == 1,
)
