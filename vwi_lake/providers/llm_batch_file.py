"""What goes to the Batch API and comes back: files of JSON lines (https://platform.openai.com/docs/api-reference/batch/request-input)."""

import os
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from vwi_lake.journal import lock
from vwi_lake.providers.llm_endpoint import status_outcome
from vwi_lake.providers.llm_reply import Completion, completion_of, read_json
from vwi_lake.providers.openai_llm import Asked
from vwi_lake.providers.spool import Spent

_MOST_LINES, _MOST_BYTES = 50_000, 180 << 20  # the API takes 50,000 and 200 MB


@dataclass
class BatchFile:
    """Requests of one model, gathered for a batch. It is locked as long as its process lives, so that no other run takes it for lost."""

    path: Path
    model: str
    bounds: dict[str, Spent] = field(default_factory=dict)  # by request hash
    subjects: dict[str, str] = field(default_factory=dict)  # likewise
    size: int = 0
    handle: int = -1

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        lock(self.handle)

    def add(self, asked: Asked, bound: Spent, line: bytes) -> None:
        os.write(self.handle, line)
        self.size += len(line)
        self.bounds[asked.key], self.subjects[asked.key] = bound, asked.subject_id

    def keep_only(self, keys: Set[str]) -> None:
        if not self.bounds.keys() <= keys:
            lines = [line for line in self.path.read_bytes().splitlines(keepends=True) if orjson.loads(line)["custom_id"] in keys]
            os.ftruncate(self.handle, 0)
            os.write(self.handle, b"".join(lines))
            self.bounds = {key: bound for key, bound in self.bounds.items() if key in keys}

    @property
    def total(self) -> Spent:
        return sum(self.bounds.values(), Spent())

    @property
    def is_full(self) -> bool:
        return len(self.bounds) >= _MOST_LINES or self.size >= _MOST_BYTES

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        os.close(self.handle)


def is_being_written(path: Path) -> bool:
    """It is locked by a living run of this machine."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not lock(handle)
    finally:
        os.close(handle)


def objects(content: bytes) -> Iterator[dict[str, Any]]:
    """The lines that are JSON objects; a cut one is as good as none."""
    for line in content.split(b"\n"):
        said = read_json(line)
        if isinstance(said, dict):
            yield said


def said_on(line: dict[str, Any]) -> tuple[Completion | None, str]:
    """The completion, or the class of the line's failure."""
    response = _object(line, "response")
    body, status = _object(response, "body"), response.get("status_code")
    if status == 200:
        said = completion_of(body)
        return said, "ok" if said else "server_error"
    code = (_object(body, "error") or _object(line, "error")).get("code")
    return None, status_outcome(status, str(code)) if isinstance(status, int) else "server_error"


def _object(said: dict[str, Any], name: str) -> dict[str, Any]:
    value = said.get(name)
    return value if isinstance(value, dict) else {}
