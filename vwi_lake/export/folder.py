"""The folder of an export: files appear whole, what an earlier export left and this one does not name goes, checksums tell them all.

An export that was stopped goes on: `export.json` says of which snapshot the files are, and those that are there already are kept.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from vwi_lake import __version__
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake

SUMS = "SHA256SUMS"
STATE = "export.json"
_LINE = re.compile(r"^([0-9a-f]{64})  (\S[^\n]*)$", re.MULTILINE)


@dataclass
class Folder:
    path: Path
    known: dict[str, str]  # files of the same export, stopped or finished: name → sha256
    sums: dict[str, str] = field(default_factory=dict)  # of this export

    def has(self, name: str, sha256: str | None = None) -> bool:
        """Whether the file is there already, whole: as a stopped export of the same snapshot left it, or with the content named."""
        wanted = sha256 or self.known.get(name)
        if name not in self.sums and wanted and (self.path / name).is_file() and _digest(self.path / name) == wanted:
            self.sums[name] = wanted
        return name in self.sums

    @contextmanager
    def file(self, name: str) -> Iterator[BinaryIO]:
        """A file to write, seen under its name only when all of it is there."""
        place = self.path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.part")
        with part.open("wb") as out:
            yield out
        self.sums[name] = _digest(part)
        part.replace(place)
        with (self.path / f".{SUMS}.part").open("a") as log:
            log.write(f"{self.sums[name]}  {name}\n")

    def write(self, name: str, data: bytes) -> None:
        with self.file(name) as out:
            out.write(data)


@contextmanager
def opened(lake: Lake, path: Path, form: str, **more: str) -> Iterator[Folder]:
    """A folder for one export of the lake as it is opened; on success what belongs to no export of today is gone."""
    if path.exists() and not path.is_dir():
        raise VwiError(f"{path} is a file: name a folder with --to")
    state = {"format": form, "snapshot": lake.snapshot(), "taken_at": lake.taken_at(), "version": __version__, **more}
    try:
        path.mkdir(parents=True, exist_ok=True)
        earlier = _state(path / STATE)  # none: a list of checksums there is somebody else's
        before = {**_sums(path / SUMS), **_sums(path / f".{SUMS}.part")} if earlier else {}
        if not earlier and (path / SUMS).exists():
            raise VwiError(f"{path} holds {SUMS} of something else: name an empty folder with --to")
        folder = Folder(path, before if earlier == state else {})
        _save_state(path, state)
        yield folder
        _finish(folder, before)
    except (OSError, ValueError) as error:
        raise VwiError(f"cannot write the export to {path}: {error}") from None


def _state(path: Path) -> dict | None:
    """Of an earlier export of ours."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.keys() >= {"format", "snapshot", "version"} else None


def _save_state(path: Path, state: dict) -> None:
    (path / f".{STATE}.part").write_text(json.dumps(state, indent=1) + "\n")
    (path / f".{STATE}.part").replace(path / STATE)


def _finish(folder: Folder, before: Iterable[str]) -> None:
    for name in set(before) - folder.sums.keys():  # what was taken back must not linger
        if (folder.path / name).resolve().is_relative_to(folder.path.resolve()):
            with suppress(IsADirectoryError):
                (folder.path / name).unlink(missing_ok=True)
    lines = "".join(f"{sha}  {name}\n" for name, sha in sorted(folder.sums.items()))
    (folder.path / f".{SUMS}.new").write_text(lines)
    (folder.path / f".{SUMS}.new").replace(folder.path / SUMS)
    (folder.path / f".{SUMS}.part").unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sums(path: Path) -> dict[str, str]:
    return {name: sha for sha, name in _LINE.findall(path.read_text())} if path.exists() else {}
