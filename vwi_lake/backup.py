"""A lake copied to a folder, and made again from it: catalog and books by their databases' own means, files by name, as none ever changes.

TO/catalog.sqlite | catalog.dump    as of one moment
TO/books/*.sqlite                   replies that were paid for, claims (in PostgreSQL they are part of the dump)
TO/data/…  TO/blobs/…               copied once; the next backup to the same folder copies only what is new
TO/manifest.json                    written last: without it there is no backup
"""

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vwi_lake import __version__
from vwi_lake.blobs import remote
from vwi_lake.books import conninfo
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.settings import LakeSettings

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Copied:
    snapshot: int
    files: int  # copied now
    known: int  # there already


def backup(settings: LakeSettings, to: Path) -> Copied:
    """Runs may go on: the catalog comes first, and no file that it names goes before two days are over."""
    to.mkdir(parents=True, exist_ok=True)
    lake = Lake.read(settings)
    try:
        snapshot = int(lake.snapshot())
    finally:
        lake.close()
    _save_catalog(settings, to)
    files = known = 0
    sizes: dict[str, int] = {}
    for part, place in places(settings).items():
        for name, size in listed(place).items():
            sizes[f"{part}/{name}"] = size
            here = to / part / name
            if here.is_file() and here.stat().st_size == size:
                known += 1
                continue
            here.parent.mkdir(parents=True, exist_ok=True)
            fetch(place, name, here.with_name(here.name + ".part"))
            here.with_name(here.name + ".part").replace(here)
            files += 1
    told = {"snapshot": snapshot, "made_at": datetime.now(UTC).isoformat(), "version": __version__, "files": sizes}
    (to / f".{MANIFEST}").write_text(json.dumps(told, indent=1))
    (to / f".{MANIFEST}").replace(to / MANIFEST)
    return Copied(snapshot, files, known)


def restore(settings: LakeSettings, source: Path) -> Copied:
    """Into a place without a lake; files that are there already, as after the loss of the catalog alone, stay."""
    try:
        told = json.loads((source / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise VwiError(f"{source} holds no whole backup ({error}): name the folder that `vwi backup --to` wrote") from None
    _refuse_where_a_lake_is(settings)
    files = known = 0
    for part, place in places(settings).items():
        there = listed(place)
        for name, size in ((n.removeprefix(f"{part}/"), s) for n, s in told["files"].items() if n.startswith(f"{part}/")):
            if there.get(name) == size:
                known += 1
            else:
                send(source / part / name, place, name)
                files += 1
    _restore_catalog(settings, source)
    return Copied(told["snapshot"], files, known)


def places(settings: LakeSettings) -> dict[str, str]:
    folder = Path(settings.path).absolute()
    return {"data": (settings.data or str(folder / "data")).rstrip("/"), "blobs": (settings.blobs or str(folder / "blobs")).rstrip("/")}


# -- catalog and books -----------------------------------------------------------------------------------------------------


def _save_catalog(settings: LakeSettings, to: Path) -> None:
    if settings.catalog is not None:
        _postgres("pg_dump", "--format=custom", "--no-owner", f"--file={to / 'catalog.dump'}", f"--dbname={conninfo(settings.catalog)}")
        return
    folder = Path(settings.path)
    _copy_sqlite(folder / "catalog.sqlite", to / "catalog.sqlite")
    for book in folder.glob("*.sqlite"):
        if book.name != "catalog.sqlite":
            _copy_sqlite(book, to / "books" / book.name)


def _copy_sqlite(source: Path, target: Path) -> None:
    """By SQLite's own backup: whole, whoever writes meanwhile."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(source, timeout=60)) as here, closing(sqlite3.connect(part)) as there:
        here.backup(there)
    part.replace(target)


def _restore_catalog(settings: LakeSettings, source: Path) -> None:
    if settings.catalog is not None:
        _postgres("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={conninfo(settings.catalog)}", str(source / "catalog.dump"))
        return
    folder = Path(settings.path)
    folder.mkdir(parents=True, exist_ok=True)
    for book in [*(source / "books").glob("*.sqlite"), source / "catalog.sqlite"]:
        shutil.copyfile(book, folder / book.name)
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as catalog:
        catalog.execute("pragma journal_mode=wal")


def _refuse_where_a_lake_is(settings: LakeSettings) -> None:
    try:
        Lake.read(settings).close()
    except VwiError:
        return
    raise VwiError(f"there is a lake at {settings.catalog or settings.path} already: restore to another place, or move that one away")


def _postgres(name: str, *arguments: str) -> None:
    """PostgreSQL's own tool, of at least the server's version; passwords are in PGPASSWORD or ~/.pgpass."""
    command = shutil.which(name) or next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None)
    if command is None:
        raise VwiError(f"{name} is not installed: it comes with PostgreSQL's client (Debian: postgresql-client)")
    done = subprocess.run([command, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - no shell, our own arguments
    if done.returncode:
        raise VwiError(f"{name} failed: {done.stderr.strip()[-500:]}")


# -- files -----------------------------------------------------------------------------------------------------------------


def listed(place: str) -> dict[str, int]:
    """Name under the place → size."""
    if "://" in place:
        filesystem: Any = remote(place)
        root = filesystem._strip_protocol(place)
        return {path[len(root) + 1 :]: info["size"] for path, info in filesystem.find(root, detail=True, refresh=True).items()}
    return {p.relative_to(place).as_posix(): p.stat().st_size for p in Path(place).rglob("*") if p.is_file()}


def fetch(place: str, name: str, target: Path) -> None:
    if "://" in place:
        remote(place).get_file(f"{place}/{name}", str(target))
    else:
        shutil.copyfile(Path(place) / name, target)


def send(source: Path, place: str, name: str) -> None:
    if "://" in place:
        remote(place).put_file(str(source), f"{place}/{name}")
        return
    target = Path(place) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
