"""Mixes × base models: each cell trained and evaluated once, and found again by what it was made of."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from vwi_lake.columns import Record
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake

BASE_ONLY = "none"  # the mix of the base model as it is


@dataclass(frozen=True, kw_only=True)
class AblationCell(Record):
    """bronze.ablation_cells: a row per cell whose training and evaluation both completed."""

    TABLE: ClassVar[str] = "ablation_cells"

    key: str
    mix: str
    base: str
    recipe: str
    seed: int
    tasks: list[str]
    data_sha: str | None = None
    training_run_id: str | None = None
    eval_run_id: str


@dataclass(frozen=True)
class Cell:
    """What decides the outcome; `data_sha` is of the exported files, null for a base model as it is."""

    mix: str
    base: str
    recipe: str
    seed: int
    tasks: tuple[str, ...]
    limit: int | None = None
    data_sha: str | None = None
    base_files: tuple[tuple[str, int, int], ...] = ()  # of a base that is a folder: name, size, time

    @property
    def key(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def cells(mixes: Sequence[str], bases: Sequence[str], seeds: Sequence[int]) -> Iterator[tuple[str, str, int]]:
    """(mix, base, seed) in the order of work; a base as it is has no seed to vary."""
    for name, values in (("mixes", mixes), ("bases", bases), ("seeds", seeds)):
        if not values or len(set(values)) < len(values):
            raise VwiError(f"{name} = {list(values)}: name at least one, and none twice")
    for base in bases:
        for mix in mixes:
            for seed in seeds[:1] if mix == BASE_ONLY else seeds:
                yield mix, base, seed


def data_sha(folder: Path) -> str:
    """Of an export: its checksums name every file."""
    return hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()


def found(lake: Lake, cell: Cell) -> str | None:
    """The evaluation of a cell that is finished."""
    rows = lake.query("select eval_run_id from bronze.ablation_cells where key = $1 order by asked_at desc limit 1", [cell.key])
    return rows["eval_run_id"][0] if rows.height else None


def finished(lake: Lake, cell: Cell, eval_run_id: str, training_run_id: str | None) -> None:
    values: Mapping[str, object] = {name: value for name, value in asdict(cell).items() if name in AblationCell.__dataclass_fields__}
    row = AblationCell(
        **{**values, "tasks": list(cell.tasks)},  # type: ignore[arg-type]
        key=cell.key,
        training_run_id=training_run_id,
        eval_run_id=eval_run_id,
        run_id=eval_run_id,
        asked_at=datetime.now(UTC),
    )
    lake.append([row], f"ablation {cell.mix} {cell.base}")
