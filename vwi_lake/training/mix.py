"""The data list of a training: which files, how many samples of each, as the original's YAML says it."""

import json
import math
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vwi_lake.errors import VwiError

STRATEGY = re.compile(r"^(all|(?P<where>first|end|random):(?P<number>\d+(?:\.\d+)?)(?P<percent>%?)|(?P<share>\d+(?:\.\d+)?)%)$")
Sample = dict[str, Any]


@dataclass(frozen=True)
class Source:
    path: Path
    strategy: str = "all"


def read_list(path: Path) -> list[Source]:
    """The files of a data list; a JSON, JSONL or Parquet file is a list of itself. Paths are relative to the list."""
    if path.is_dir() or not path.exists():
        raise VwiError(f"no data list at {path}: name a mix's YAML (`vwi export --format llava`), a JSON, JSONL or Parquet file")
    if path.suffix not in (".yaml", ".yml"):
        return [Source(path)]
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))
        sources = [Source(path.parent / d["json_path"], str(d.get("sampling_strategy", "all"))) for d in listed["datasets"]]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise VwiError(f"{path} is no data list: it should hold `datasets:` with a `json_path` each ({error})") from None
    if not sources:
        raise VwiError(f"{path} lists no data set")
    for source in sources:
        if not STRATEGY.match(source.strategy):
            raise VwiError(f"{path}: {source.strategy!r} is no sampling strategy: all, first:N, end:N, random:N, N%, and first:N% likewise")
        if not source.path.is_file():
            raise VwiError(f"{path} names {source.path}, which is not there")
    return sources


def samples_of(source: Source, seed: int) -> Iterator[tuple[int, Sample]]:
    """The chosen samples of a file with their places in it, in its order."""
    rows = read_samples(source.path)
    for place in chosen(source.strategy, len(rows), seed):
        yield place, rows[place]


def chosen(strategy: str, count: int, seed: int) -> range | list[int]:
    """Places of the samples that a strategy takes of `count`; a bare percentage is random."""
    found = STRATEGY.match(strategy)
    assert found, strategy
    if strategy == "all":
        return range(count)
    number, percent = float(found["number"] or found["share"]), bool(found["percent"] or found["share"])
    wanted = min(count, math.ceil(number * count / 100) if percent else int(number))
    if found["where"] == "first":
        return range(wanted)
    if found["where"] == "end":
        return range(count - wanted, count)
    return sorted(random.Random(seed).sample(range(count), wanted))  # noqa: S311 - a sample, not a secret


def read_samples(path: Path) -> list[Sample]:
    """Samples in LLaVA's form; rows of `vwi export --format parquet` are brought into it, their images inside as bytes."""
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            return [_of_row(row) for row in pq.read_table(path).to_pylist()]
        if path.suffix == ".jsonl":
            with path.open(encoding="utf-8") as lines:
                return [json.loads(line) for line in lines if line.strip()]
        samples = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise VwiError(f"{path} cannot be read as samples: {error}") from None
    if not isinstance(samples, list):
        raise VwiError(f"{path} is no list of samples")
    return samples


def _of_row(row: dict[str, Any]) -> Sample:
    if "conversations" in row:
        return row
    question, answer = (str(row[name]).replace("<image>", "< image >") for name in ("question", "answer"))
    images = row.get("images") or []
    turns = [{"from": "human", "value": "<image>\n" * len(images) + question}, {"from": "gpt", "value": answer}]
    return {"id": row["qa_id"], "image": images, "conversations": turns}
