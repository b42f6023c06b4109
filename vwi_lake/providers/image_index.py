"""Descriptions of pictures on disk: Arrow files of a few thousand pictures each, read by memory map, added to and never rewritten.

A picture is known by the sha256 of its file, whichever site shows it, so that sites saved later cost only their new pictures.
A file that is torn or of another version is passed over; what it described is described again.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from vwi_lake.web import fingerprints
from vwi_lake.web.fingerprints import Words

VERSION = b"4"  # of what is kept: raise it when features change
SEGMENT = 4096  # pictures, some 18 MB
THUMB_SIDE = 64
T = TypeVar("T")

_SCHEMA = pa.schema(
    [
        pa.field("sha256", pa.binary(32)),  # of the file
        pa.field("pixels", pa.binary(16)),  # equal where two files show the same; zeros where there is nothing to see
        pa.field("size", pa.list_(pa.uint16(), 2)),
        pa.field("trimmed", pa.list_(pa.uint16(), 4)),
        pa.field("hashes", pa.list_(pa.uint64(), fingerprints.PARTS * fingerprints.WORDS)),
        pa.field("thumb", pa.binary(THUMB_SIDE**2)),  # grey, stretched to a square
    ],
    metadata={b"version": VERSION},
)


@dataclass(frozen=True)
class Description:
    pixels: bytes
    size: tuple[int, int]
    trimmed: tuple[int, int, int, int]
    hashes: Words  # (PARTS, WORDS)
    thumb: bytes


_NOTHING = Description(bytes(16), (0, 0), (0, 0, 0, 0), np.zeros((fingerprints.PARTS, fingerprints.WORDS), np.uint64), bytes(THUMB_SIDE**2))


def describe(picture: Image.Image) -> Description:
    grey = picture.convert("L")
    trimmed = fingerprints.trim(grey)
    hashes = np.stack([fingerprints.fingerprint(grey, part) for part in fingerprints.kept_parts(grey.size, trimmed)])
    pixels = hashlib.sha256(picture.tobytes() + repr(picture.size).encode()).digest()[:16]
    thumb = grey.resize((THUMB_SIDE, THUMB_SIDE), Image.Resampling.BOX).tobytes()
    return Description(pixels, grey.size, tuple(map(int, trimmed)), hashes, thumb)  # type: ignore[arg-type]


class Segments:
    """All readable files of a folder, as one sequence of rows."""

    rows: dict[bytes, int]  # sha256 of a picture's file to its row

    def __init__(self, folder: Path):
        self.folder = folder
        self._tables: list[pa.Table] = []
        self.rows = {}
        self._starts = [0]
        for path in sorted(folder.glob("pictures-*.arrow")):
            self._take_in(path)

    def add(self, described: list[tuple[bytes, Description | None]]) -> None:
        self._take_in(_written(self.folder, described))

    def _take_in(self, path: Path) -> None:
        table = read_arrow(path, _SCHEMA)
        if table is None:
            return
        for row, sha in enumerate(table.column("sha256").to_pylist(), self._starts[-1]):
            self.rows.setdefault(sha, row)
        self._tables.append(table)
        self._starts.append(self._starts[-1] + len(table))

    def column(self, name: str, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Of these rows only, so that what is asked for is in memory and no more."""
        parts = []
        which = np.searchsorted(self._starts, rows, side="right") - 1
        order = np.argsort(which, kind="stable")
        for number in np.unique(which):
            wanted = rows[which == number] - self._starts[number]
            parts.append(_array(self._tables[number].column(name))[wanted])
        found = np.concatenate(parts) if parts else _array(_SCHEMA.empty_table().column(name))
        return found[np.argsort(order, kind="stable")]


def _array(column: pa.ChunkedArray) -> NDArray[Any]:
    """One row a picture, without copying what is mapped."""
    kind = column.type
    if not len(column):
        return np.zeros((0, 1), np.uint8)
    chunk = column.chunk(0)
    if pa.types.is_fixed_size_binary(kind):
        return np.frombuffer(chunk.buffers()[1], np.uint8).reshape(-1, kind.byte_width)[: len(chunk)]
    return chunk.flatten().to_numpy(zero_copy_only=True).reshape(len(chunk), -1)


def _written(folder: Path, described: list[tuple[bytes, Description | None]]) -> Path:
    """Named after what it holds."""
    name = hashlib.sha256(b"".join(sha for sha, _ in described)).hexdigest()[:24]
    each = [(sha, description or _NOTHING) for sha, description in described]
    columns: list[list[Any]] = [
        [sha for sha, _ in each],
        [one.pixels for _, one in each],
        [one.size for _, one in each],
        [one.trimmed for _, one in each],
        [one.hashes.ravel().tolist() for _, one in each],
        [one.thumb for _, one in each],
    ]
    path = folder / f"pictures-{name}.arrow"
    write_arrow(path, _SCHEMA, columns)
    return path


def write_arrow(path: Path, schema: pa.Schema, columns: list[list[Any]]) -> None:
    """Aside and renamed, so that nobody reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file, pa.ipc.new_file(file, schema) as writer:
        arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        writer.write_batch(pa.record_batch(arrays, schema=schema))
    Path(aside).replace(path)


def read_arrow(path: Path, schema: pa.Schema) -> pa.Table | None:
    """Mapped, not read; None where there is none yet, a torn one, or one of another version."""
    try:
        with pa.ipc.open_file(pa.memory_map(str(path))) as file:
            table = file.read_all()
    except (OSError, pa.ArrowInvalid):
        return None
    return table if table.schema.equals(schema, check_metadata=True) else None


def add_new(segments: Segments, pictures: Iterable[tuple[bytes, Description | None]]) -> None:
    """A file every SEGMENT pictures: memory stays flat, and a build that is killed loses no more than one."""
    for some in batched(pictures, SEGMENT):
        segments.add(some)


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """As itertools.batched of Python 3.12."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
