"""Which images does the search start from?"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import polars as pl

from vwi_lake.columns import Record
from vwi_lake.errors import VwiError
from vwi_lake.stage import Row, Stage
from vwi_lake.web.images import ImageRejected, normalize
from vwi_lake.world import World

MAX_SEED_BYTES = 50 << 20


@dataclass(frozen=True, kw_only=True)
class Seed(Record):
    """bronze.seeds: one row per seed file and version of it."""

    TABLE: ClassVar[str] = "seeds"

    folder: str  # what --seeds named
    source: str  # the file's path under it
    fingerprint: str  # size and modification time: a changed file is read again
    seed_id: str | None = None  # sha256 of the file
    subject: str | None = None
    round: int = 1
    format: str | None = None
    width: int | None = None
    height: int | None = None
    phash: str | None = None
    error: str | None = None


def list_seeds(world: World) -> pl.DataFrame:
    """Every file under --seeds, images or not: what is no image becomes a row that says so."""
    names = {"folder": pl.String, "source": pl.String, "fingerprint": pl.String}
    if world.settings.seeds is None:
        return pl.DataFrame(schema=names)
    root = Path(world.settings.seeds)
    if not root.exists():
        raise VwiError(f"no seed images at {root}: give --seeds a folder of images or one image")
    base = root if root.is_dir() else root.parent
    files = sorted(p for p in base.rglob("*") if p.is_file() and not p.name.startswith(".")) if root.is_dir() else [root]
    if not files:
        raise VwiError(f"{root} is empty: give --seeds a folder with images")
    rows = [(str(base.absolute()), p.relative_to(base).as_posix(), _fingerprint(p)) for p in files]
    return pl.DataFrame(rows, schema=names, orient="row")


def _fingerprint(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size}:{stat.st_mtime_ns}"


def compute(row: Row, world: World) -> list[Record]:
    """Read one file; its bytes go to the blobs under the seed_id."""
    known = {k: row[k] for k in STAGE.key}
    path = Path(row["folder"]) / row["source"]
    try:
        if path.stat().st_size > MAX_SEED_BYTES:
            return [Seed(**known, error="too_large")]
        data = path.read_bytes()
        image = normalize(data)
    except OSError:
        return [Seed(**known, error="unreadable")]
    except ImageRejected as error:
        return [Seed(**known, error=error.reason)]
    return [
        Seed(**known, seed_id=world.blobs.put(data), format=image.source_format, width=image.width, height=image.height, phash=image.phash)
    ]


STAGE = Stage(
    name="load_seeds",
    question=__doc__ or "",
    records=(Seed,),
    compute=compute,
    key=("folder", "source", "fingerprint"),
    listing=list_seeds,
)
