"""How rows are asked: lanes, places, and answers that are safe as soon as they come."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from types import SimpleNamespace
from typing import ClassVar

import pytest

from vwi_lake.columns import Record
from vwi_lake.journal import Journal
from vwi_lake.metrics import Metrics
from vwi_lake.stage import Buffer, Stage, ask_all

WORLD = SimpleNamespace(metrics=Metrics(""), computed_at_once=16)


@dataclass(frozen=True, kw_only=True)
class Answer(Record):
    TABLE: ClassVar[str] = "answers"

    name: str
    error: str | None = None


class Asking:
    """Answers rows named like "a1" (lane a); keeps what went on at a time. "…!" is a bug, "slow…" takes its time."""

    def __init__(self):
        self.order, self.now, self.most = [], defaultdict(int), defaultdict(int)

    async def __call__(self, row, world):
        lane = row["name"].rstrip("0123456789!")
        self.order.append(row["name"])
        for key in (lane, "all"):
            self.now[key] += 1
            self.most[key] = max(self.most[key], self.now[key])
        await asyncio.sleep(0.2 if lane == "slow" else 0.005)
        for key in (lane, "all"):
            self.now[key] -= 1
        if row["name"].endswith("!"):
            raise ZeroDivisionError
        return [Answer(name=row["name"])]


def run(names, asking, in_flight=100, places=1, journal=None, lane=True):
    rows = [{"name": n} for n in names]
    stage = Stage(
        name="x",
        question="",
        records=(Answer,),
        key=("name",),
        ask=asking,
        in_flight=lambda _: in_flight,
        lane=(lambda row: row["name"].rstrip("0123456789!")) if lane else None,
        places=lambda _: places,
    )
    saved, ticks = [], []
    buffer = Buffer(saved.extend, "r1", journal)
    try:
        asyncio.run(ask_all(stage, rows, WORLD, buffer, lambda: ticks.append(1)))
    finally:
        asking.left = [row["name"] for row in rows]
        asking.saved = [record.name for record in saved]
    assert len(ticks) == len(saved)
    return asking


MIXED = ["slow1", "a1", "b1", "a2", "slow2", "a3", "b2"]


def test_rows_of_a_lane_wait_for_each_other_and_for_nobody_else():
    asking = run(MIXED, Asking())
    assert [n for n in asking.order if n[0] == "a"] == ["a1", "a2", "a3"]
    assert asking.most["a"] == asking.most["slow"] == 1
    assert asking.order[-1] == "slow2"  # a and b were long done
    assert sorted(asking.saved) == sorted(MIXED)


@pytest.mark.parametrize(("places", "in_flight", "lane", "most"), [(2, 100, True, 2), (9, 3, True, 3), (1, 100, True, 1), (1, 4, False, 4)])
def test_places_of_a_lane_and_rows_in_flight(places, in_flight, lane, most):
    names = [f"a{n}" for n in range(8)]
    asking = run(names, Asking(), in_flight, places, lane=lane)
    assert asking.most["a"] == most
    assert sorted(asking.saved) == names


def test_a_bug_ends_the_run_and_what_was_answered_is_saved():
    asking = Asking()
    with pytest.raises(ZeroDivisionError):
        run(["a1", "a2", "a3!", "a4", "b1"], asking)
    assert {"a1", "a2", "b1"} <= set(asking.saved)
    assert "a4" not in asking.order
    assert asking.left == ["a3!", "a4"]  # for whoever tries the batch again


def test_no_rows():
    assert run([], Asking()).saved == []


def test_the_journal_is_empty_once_all_is_saved(tmp_path):
    run(MIXED, Asking(), journal=Journal(tmp_path, "r1"))
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_saved_stays_in_the_journal(tmp_path):
    def full(records):
        raise OSError("disk full")

    stage = Stage(name="x", question="", records=(Answer,), key=("name",), ask=Asking())
    buffer = Buffer(full, "r1", Journal(tmp_path, "r1"))
    with pytest.raises(OSError, match="disk full"):
        asyncio.run(ask_all(stage, [{"name": "a1"}, {"name": "a2"}], WORLD, buffer, lambda: None))
    buffer.journal.handle = -1
    assert '"a1"' in next(tmp_path.iterdir()).read_text()
