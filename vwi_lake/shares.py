"""The pending rows of a stage, divided among the workers of a run: a host with all its rows, or a share of the rows by hash."""

import math
from dataclasses import dataclass, field
from itertools import islice
from zlib import crc32

import polars as pl

from vwi_lake.crew import Crew
from vwi_lake.stage import Row, Stage

SHARES = 1024  # of a stage whose rows know no lanes; the same for all workers, whatever each sees pending


def unit_of(stage: Stage, row: Row) -> str:
    """The same wherever the same thing is pending."""
    if stage.lane is not None:
        return stage.lane(row)
    return str(crc32("\x1f".join(str(row[name]) for name in stage.same).encode("utf-8", "replace")) % SHARES)


@dataclass
class Share:
    """Pending rows as one worker sees them, of which it claims some at a time."""

    stage: Stage
    rows: pl.DataFrame
    held: list[str] = field(default_factory=list)  # units that are ours now
    was_refused: bool = False  # others had, or have, some of what we saw pending
    _left: dict[str, list[int]] = field(default_factory=dict, init=False)  # unit → its rows

    def __post_init__(self) -> None:
        columns = list(self.stage.same)
        for number, row in enumerate(self.rows.select(columns).iter_rows(named=True) if self.rows.height else ()):
            self._left.setdefault(unit_of(self.stage, row), []).append(number)

    def claim(self, crew: Crew, seen_at: int) -> pl.DataFrame:
        """A batch that is ours; of few rows where others could do some of them. Empty: nothing is left for us."""
        while self._left:
            tried = self._next(crew.size(), int(crew.worker, 16))
            rows = {unit: self._left.pop(unit) for unit in tried}
            got = crew.claim(self.stage.name, tried, seen_at)
            self.was_refused |= len(got) < len(tried)
            if got:
                self.held = sorted(got)
                return self.rows[sorted(number for unit in got for number in rows[unit])]
        return self.rows.clear()

    def _next(self, workers: int, worker: int) -> list[str]:
        """Units worth a batch, or half a worker's part of what is left; several workers begin at different places."""
        total = sum(map(len, self._left.values()))
        wanted = min(self.stage.batch, math.ceil(total / (2 * workers)) if workers > 1 else total)
        start = worker % len(self._left) if workers > 1 else 0
        units, n = [], 0
        for unit in [*islice(self._left, start, None), *islice(self._left, start)]:
            units.append(unit)
            n += len(self._left[unit])
            if n >= wanted:
                break
        return units
