"""Answers on disk the moment they come: what a kill leaves between two commits, the next run puts into the lake."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from vwi_lake.columns import Record, clean


class Journal:
    """Files of JSON lines, one line for the records of one row. The file written to is locked as long as its process lives."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name, self.number, self.handle = folder, name, 0, -1
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}-{self.number}.jsonl"

    def write(self, records: list[Record]) -> None:
        self.append(orjson.dumps([[r.TABLE, clean(asdict(r))] for r in records]))  # type: ignore[attr-defined]

    def append(self, line: bytes) -> None:
        """One write without a buffer of ours, so that the line outlives the process."""
        if self.handle < 0:
            self.handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            lock(self.handle)
        os.write(self.handle, line + b"\n")

    def cut(self) -> "tuple[int, Path] | None":
        """End the current file and hand it out: `drop` it when its records are in the lake."""
        if self.handle < 0:
            return None
        ended = (self.handle, self.path)
        self.handle, self.number = -1, self.number + 1
        return ended

    def close(self) -> None:
        """What is not in the lake stays for whoever takes it in."""
        Journal.keep(self.cut())

    @staticmethod
    def keep(ended: "tuple[int, Path] | None") -> None:
        if ended:
            os.close(ended[0])

    @staticmethod
    def drop(ended: "tuple[int, Path] | None") -> None:
        if ended:
            ended[1].unlink(missing_ok=True)
            os.close(ended[0])

    @staticmethod
    def left_over(folder: Path, kinds: dict[str, type[Record]]) -> Iterator[tuple[Path, list[Record]]]:
        """Files that no living process writes, with their records; `kinds` names the class of each table."""
        return ((path, _records(written, kinds)) for path, written in Journal.abandoned(folder))

    @staticmethod
    def abandoned(folder: Path) -> Iterator[tuple[Path, bytes]]:
        """Files that no living process writes, as they are; each is locked while it is looked at."""
        for path in sorted(folder.glob("*.jsonl")):
            try:
                handle = os.open(path, os.O_RDWR)
            except FileNotFoundError:  # its process dropped it meanwhile
                continue
            try:
                if lock(handle):
                    yield path, path.read_bytes()
            finally:
                os.close(handle)


def _records(written: bytes, kinds: dict[str, type[Record]]) -> list[Record]:
    """A last line that was cut off is left out: its row is asked again."""
    found: list[Record] = []
    for line in written.splitlines():
        with suppress(ValueError, TypeError, KeyError, AttributeError):  # cut off, or no line of ours
            found += [_record(kinds[table], values) for table, values in orjson.loads(line) if table in kinds]
    return found


def _record(kind: type[Record], values: dict[str, Any]) -> Record:
    """Columns of another version of the code are left out; those that hold times are read back as such."""
    known = {k: v for k, v in values.items() if k in kind.__dataclass_fields__}
    times = {k: datetime.fromisoformat(v) for k, v in known.items() if v and "datetime" in str(kind.__dataclass_fields__[k].type)}
    return kind(**(known | times))


def lock(handle: int) -> bool:
    """False where another process holds it; systems without such locks have one run at a time."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
