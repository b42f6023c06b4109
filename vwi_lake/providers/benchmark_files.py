"""Evaluation benchmarks as they are published: folders and files of Parquet, JSONL or JSON, with images inside or beside them.

Columns are told by the names that MMMU, MMMU-Pro, MathVista, MathVerse, MM-Vet and DynaMath use; any other layout with such names will do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from vwi_lake.errors import VwiError
from vwi_lake.providers.seed_lists import open_parquet

QUESTION = ("question", "problem", "query", "prompt", "instruction", "text")
ANSWER = ("answer", "ground_truth", "gt_answer", "final_answer", "solution", "label")
ID = ("id", "question_id", "pid", "sample_index", "problem_index", "qid")
SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".json")
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp")
MAX_BYTES = 50 << 20  # of one image


@dataclass(frozen=True)
class Item:
    item_id: str
    question: str | None
    answer: str | None
    images: list[bytes]
    row: dict[str, Any]  # all of it, as the file has it


def files_of(root: Path) -> list[Path]:
    """The tables under a folder, or the one file; VwiError where there are none."""
    found = sorted(p for p in root.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file()) if root.is_dir() else [root]
    if not found or not root.exists() or found[0].suffix.lower() not in SUFFIXES:
        raise VwiError(f"no benchmark at {root}: name a folder with Parquet, JSONL or JSON files, or one such file")
    return found


def positions(path: Path) -> Iterator[int]:
    """Of the rows of a table, from 0."""
    yield from range(_opened(path).metadata.num_rows if path.suffix.lower() == ".parquet" else len(_rows(path)))


def read_item(path: Path, position: int) -> Item:
    """One row; images that cannot be found are left out."""
    key, row = _parquet_row(path, position) if path.suffix.lower() == ".parquet" else _rows(path)[position]
    return Item(_first(row, ID) or key, _first(row, QUESTION), _first(row, ANSWER), list(_images(row, path.parent)), row)


def _first(row: dict[str, Any], names: tuple[str, ...]) -> str | None:
    values = (row.get(name) for name in names)
    return next((str(v).strip() for v in values if isinstance(v, str | int | float) and not isinstance(v, bool) and str(v).strip()), None)


def _images(value: Any, folder: Path) -> Iterator[bytes]:
    """Bytes, Hugging Face's {bytes, path}, and paths of files beside the table, however deep in the row."""
    if isinstance(value, dict) and isinstance(value.get("bytes"), bytes):
        yield value["bytes"]
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _images(inner, folder)
    elif isinstance(value, list):
        for inner in value:
            yield from _images(inner, folder)
    elif isinstance(value, bytes):
        yield value
    elif isinstance(value, str) and len(value) < 1000 and value.lower().endswith(IMAGE_SUFFIXES):
        yield from _beside(value, folder)


def _beside(name: str, folder: Path) -> Iterator[bytes]:
    """A file within the folder; a table may name anything, and nothing else is opened."""
    path = (folder / name).resolve()
    if "\0" not in name and path.is_relative_to(folder.resolve()) and path.is_file() and path.stat().st_size <= MAX_BYTES:
        yield path.read_bytes()


@lru_cache(maxsize=4)
def _rows(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The objects of a JSON or JSONL file with their keys or numbers."""
    try:
        data = path.read_bytes()
        if path.suffix.lower() == ".json":
            whole = orjson.loads(data)
            pairs = whole.items() if isinstance(whole, dict) else enumerate(whole)
        else:
            pairs = enumerate(orjson.loads(line) for line in data.splitlines() if line.strip())
        return [(str(key), row) for key, row in pairs if isinstance(row, dict)]
    except (OSError, TypeError, orjson.JSONDecodeError) as error:
        raise VwiError(f"{path} is not readable as JSON: {error}") from None


def _parquet_row(path: Path, position: int) -> tuple[str, dict[str, Any]]:
    before = 0
    for group in range(_opened(path).metadata.num_row_groups):
        rows = _opened(path).metadata.row_group(group).num_rows
        if position < before + rows:
            return str(position), _group(path, group).slice(position - before, 1).to_pylist()[0]
        before += rows
    raise IndexError(position)


@lru_cache(maxsize=1)  # a worker process reads the rows of a group one after the other
def _group(path: Path, group: int) -> pa.Table:
    with pq.ParquetFile(path) as file:
        return file.read_row_group(group)


_opened = lru_cache(maxsize=64)(open_parquet)
