"""Lists of seed images: JSONL, CSV and Parquet, the last also with the images' bytes in it, as Hugging Face data sets have them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from vwi_lake.errors import VwiError

SUFFIXES = (".jsonl", ".ndjson", ".csv", ".parquet")
COLUMNS = ("image", "url", "subject", "id")


@dataclass(frozen=True)
class Entry:
    """One line of a list. The image is a file beside the list, the bytes of a Parquet row, or what is at the URL."""

    line: int  # from 1
    image: str | None = None
    url: str | None = None
    subject: str | None = None
    name: str | None = None
    has_bytes: bool = False
    problem: str | None = None


def read_list(path: Path) -> list[Entry]:
    """All lines, those that cannot be used with their problem; VwiError where the whole is no list of images."""
    suffix = path.suffix.lower()
    lines = _parquet(path) if suffix == ".parquet" else _csv(path) if suffix == ".csv" else _jsonl(path)
    return [_entry(number, line) for number, line in enumerate(lines, start=1)]


def _entry(number: int, line: dict[str, Any] | None) -> Entry:
    if line is None:
        return Entry(number, problem="malformed_line")
    values = {name: _text(line.get(name)) for name in COLUMNS}
    if values["image"] and values["image"].startswith(("http://", "https://")):
        values |= {"image": None, "url": values["url"] or values["image"]}
    has_bytes = bool(line.get("has_bytes"))
    problem = None if values["image"] or values["url"] or has_bytes else "no_image"
    return Entry(number, values["image"], values["url"], values["subject"], values["id"], has_bytes, problem)


def _text(value: Any) -> str | None:
    """Numbers serve as ids; what is no single value is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def _jsonl(path: Path) -> Iterator[dict[str, Any] | None]:
    found = False
    with path.open("rb") as file:
        for line in file:
            if not line.strip():
                continue
            try:
                values = orjson.loads(line)
            except orjson.JSONDecodeError:
                values = None
            values = values if isinstance(values, dict) else None
            found |= values is not None and not {"image", "url"}.isdisjoint(values)
            yield values
    if not found:
        raise _no_columns(path)


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise VwiError(f"{path} is not a readable CSV file: {error}. One header line, then a row a line, commas between.") from None
    if {"image", "url"}.isdisjoint(table.columns):
        raise _no_columns(path)
    yield from table.select([c for c in COLUMNS if c in table.columns]).iter_rows(named=True)


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    """Without the bytes, which may be gigabytes; they are read row by row later."""
    schema = open_parquet(path).schema_arrow
    if {"image", "url"}.isdisjoint(schema.names):
        raise _no_columns(path)
    kind = schema.field("image").type if "image" in schema.names else pa.null()
    has_bytes = _is_binary(kind) or (pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0)
    wanted = [c for c in COLUMNS if c in schema.names and (c != "image" or not has_bytes)]
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, columns=wanted)
            for line in rows.to_pylist() if wanted else [{}] * file.metadata.row_group(group).num_rows:
                yield line | {"has_bytes": has_bytes}


def parquet_image(path: Path, number: int) -> bytes | None:
    """The bytes of the image in that row (from 1), or of the file that the row names instead."""
    row = number - 1
    for group, (start, end) in enumerate(_groups(path)):
        if start <= row < end:
            value = _group(path, group)[row - start].as_py()
            value = value if isinstance(value, dict) else {"bytes": value}
            if value.get("bytes") is None and value.get("path"):
                return (path.parent / value["path"]).read_bytes()
            return value.get("bytes")
    return None


@lru_cache(maxsize=8)
def _groups(path: Path) -> list[tuple[int, int]]:
    spans, start = [], 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            spans.append((start, start + file.metadata.row_group(group).num_rows))
            start = spans[-1][1]
    return spans


@lru_cache(maxsize=1)  # a worker process reads the rows of a group one after the other
def _group(path: Path, group: int) -> pa.ChunkedArray:
    with pq.ParquetFile(path) as file:
        return file.read_row_group(group, columns=["image"]).column("image")


def open_parquet(path: Path) -> pq.ParquetFile:
    """For its schema and metadata; VwiError where it is no Parquet file."""
    try:
        with pq.ParquetFile(path) as file:
            return file
    except (pa.ArrowException, OSError) as error:
        raise VwiError(f"{path} is not a readable Parquet file: {error}") from None


def _is_binary(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _no_columns(path: Path) -> VwiError:
    return VwiError(
        f"{path} names no images: a list has a column `image` (a path relative to the list) or `url`, and may have `subject` and `id`"
    )
