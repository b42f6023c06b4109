"""A set in LLaVA's format that others made, to be mixed with our pairs: one file, or a list of files, each with its sampling rule.

Nothing in it is trusted: a sample counts when its conversation is one, and when its images lie in the folder named for them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import yaml

from vwi_lake.errors import VwiError
from vwi_lake.export.sampling import drawn

SPEAKERS = ("human", "gpt")


@dataclass(frozen=True)
class Partner:
    samples: list[dict[str, Any]]  # `id`, `conversations`, `files`: paths of images on this machine
    left_out: Counter[str] = field(default_factory=Counter)  # reason → samples


def read_partner(path: Path, images: Path | None, seed: int) -> Partner:
    """All samples that can be used of those that the list's rules draw."""
    left_out: Counter[str] = Counter()
    samples = []
    for file, rule in _listed(path):
        rows = _rows(file)
        for place in drawn(rule, len(rows), seed):
            made = _sample(rows[place], images or file.parent, f"{file.stem}-{place}")
            if isinstance(made, str):
                left_out[made] += 1
            else:
                samples.append(made)
    return Partner(samples, left_out)


def _listed(path: Path) -> Iterator[tuple[Path, str]]:
    """The files of a data list with their rules; paths are relative to the list."""
    if path.suffix.lower() not in (".yaml", ".yml"):
        yield path, "all"
        return
    try:
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))["datasets"]
        entries = [(path.parent / entry["json_path"], entry.get("sampling_strategy", "all")) for entry in listed]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise VwiError(f"{path} is no data list (datasets: [{{json_path, sampling_strategy}}]): {error!r}") from None
    yield from entries


def _rows(path: Path) -> list[Any]:
    try:
        data = path.read_bytes()
        rows = orjson.loads(data) if path.suffix.lower() == ".json" else [orjson.loads(line) for line in data.splitlines() if line.strip()]
    except (OSError, orjson.JSONDecodeError) as error:
        raise VwiError(f"{path} is not readable as JSON or JSONL: {error}") from None
    if not isinstance(rows, list):
        raise VwiError(f"{path} holds no list of samples")
    return rows


def _sample(row: Any, images: Path, fallback: str) -> dict[str, Any] | str:
    """A sample with its files, or why it cannot be used."""
    if not isinstance(row, dict) or not _is_conversation(row.get("conversations")):
        return "no_conversation"
    named = row.get("image") or []
    names = [named] if isinstance(named, str) else named
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return "strange_image"
    turns = [{"from": turn["from"], "value": turn["value"]} for turn in row["conversations"]]
    if sum(turn["value"].count("<image>") for turn in turns) != len(names):
        return "images_and_marks_differ"
    files = [_inside(images, name) for name in names]
    if None in files:
        return "image_missing"
    return {"id": str(row.get("id", fallback)), "conversations": turns, "files": files}


def _is_conversation(turns: Any) -> bool:
    """Somebody asks, and the last word is the model's."""
    return (
        isinstance(turns, list)
        and len(turns) >= 2
        and all(isinstance(t, dict) and t.get("from") in SPEAKERS and isinstance(t.get("value"), str) for t in turns)
        and (turns[0]["from"], turns[-1]["from"]) == SPEAKERS
    )


def _inside(folder: Path, name: str) -> Path | None:
    """The file of that name within the folder; what leads elsewhere is not there."""
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError):  # a name too long, or with a zero byte
        return None
