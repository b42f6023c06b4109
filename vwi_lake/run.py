"""One run: opens lake and world, asks stage by stage, batch by batch, rebuilds what SQL decides. Flows and the CLI both use it."""

import hashlib
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Protocol

import duckdb
import polars as pl
from anyio.from_thread import start_blocking_portal
from pebble import ProcessPool

from vwi_lake import __version__
from vwi_lake.columns import Record, columns_of, frame
from vwi_lake.crew import Crew
from vwi_lake.errors import VwiError, redacted
from vwi_lake.journal import Journal
from vwi_lake.lake import Lake, table_of
from vwi_lake.metrics import Metrics
from vwi_lake.providers.make import make_world
from vwi_lake.records import BRONZE
from vwi_lake.retrying import check, retried
from vwi_lake.rules import rules_of
from vwi_lake.settings import Settings
from vwi_lake.shares import Share
from vwi_lake.stage import Buffer, Clock, Row, Stage, ask_all, compute_in, make_pool
from vwi_lake.stages import PIPELINE, STAGES
from vwi_lake.takedown import Forgotten, KeptOut, finish
from vwi_lake.world import World

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RunRow(Record):
    """bronze.runs: a row when a run starts and one when it ends; its snapshot is named `run <run_id>`."""

    TABLE: ClassVar[str] = "runs"

    status: str  # started | completed | failed
    version: str
    settings: str  # JSON; passwords of a catalog are left out, keys are no settings
    pairs: int | None = None  # in gold.dataset when it had completed
    visual_pairs: int | None = None
    cost_usd: float | None = None  # of all the lake's calls until then


@dataclass(frozen=True)
class Asked:
    """What a stage did in this run."""

    stage: str
    rows: int  # asked about
    left_out: str | None = None  # why it could not ask, in words for people
    round: int = 1


Tick = Callable[[], None]


class Elsewhere(Protocol):
    """Computes rows on other machines, with the world that they need."""

    at_once: int  # rows that it takes at a time

    async def __call__(self, world: World, stage: Stage, row: Row) -> list[Record]: ...


LEFT = """
select count(*) as pairs, count(*) filter (is_visual) as visual_pairs, (select sum(cost_usd) from gold.costs)::double as cost_usd
from gold.dataset
"""
PAUSE_S = 0.25  # between two looks at what others do


def job_of(settings: Settings, stages: Sequence[Stage], retry: Sequence[str]) -> str:
    """A hash of what a run does: workers whose hash is the same share one. Where it runs, and on what, is no part of it."""
    what = settings.model_dump_json(exclude={"lake": {"path", "memory", "lease_s"}, "processes": True, "compute": True})
    return hashlib.sha256(f"{what} {[stage.name for stage in stages]} {list(retry)}".encode()).hexdigest()[:16]


def records_of_runs() -> list[type[Record]]:
    """Of every bronze table that the rules read."""
    return [RunRow, Forgotten, *BRONZE]


def choose(only: Sequence[str] = (), until: str | None = None) -> list[Stage]:
    """The stages of a run: all, those named, or all up to and with one."""
    for name in (*only, *([until] if until else [])):
        if name not in STAGES:
            raise VwiError(f"no stage is called {name!r}: the stages are {', '.join(STAGES)}")
    last = [s.name for s in PIPELINE].index(until) if until else len(PIPELINE) - 1
    return [s for i, s in enumerate(PIPELINE) if i <= last and (not only or s.name in only)]


@dataclass
class Run(AbstractContextManager["Run"]):
    """Use as a context manager:

    with Run(settings) as run:
        for number, stages in run.rounds():
            for stage in stages:
                for rows in run.pending(stage):
                    run.ask(stage, rows)
        yields = run.finish()
    """

    settings: Settings
    stages: list[Stage] = field(default_factory=lambda: list(PIPELINE))
    run_id: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}")
    asked: list[Asked] = field(default_factory=list)
    round: int = 1
    retry: Sequence[str] = ()  # error classes, or SQL conditions: pages and images whose newest row is so are asked again, and no others
    make: Callable[[Settings], World] = make_world
    elsewhere: Elsewhere | None = None  # who computes rows, where worker processes of ours do not
    _pool: ProcessPool | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> "Run":
        if self.settings.compute == "ray" and self.elsewhere is None:
            raise VwiError('compute = "ray" is for flows: `vwi up`, then prefect deployment run build-dataset/local; or leave it out here')
        self._open = ExitStack()
        try:
            self.lake = Lake.open(self.settings.lake, rules_of(self.settings), records_of_runs())
            self._open.callback(self.lake.close)
            self._recover()
            self._join()
            self.clock = Clock(self.lake.made_at())
            check(self.lake, self.stages, self.retry)
            finish(self.lake, Path(self.settings.lake.path))
            kept_out = KeptOut(self.lake.query("select key from bronze.forgotten")["key"])
            metrics = Metrics(self.run_id)
            self._open.callback(metrics.close)
            at_once = self.elsewhere.at_once if self.elsewhere else max(16, 2 * self.settings.processes)
            world = self.make(self.settings)
            self.world = replace(world, compute=self._compute, computed_at_once=at_once, kept_out=kept_out, metrics=metrics)
            metrics.serve(self.settings.metrics)
            self.portal = self._open.enter_context(start_blocking_portal())
            for provider in (self.world.llm, self.world.fetcher, self.world.browser):
                if close := getattr(provider, "close", None):
                    self._open.callback(self.portal.call, close)
            self._note("started")
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        try:
            if kind is not None and issubclass(kind, Exception):
                self._note("failed")
        finally:
            self._open.close()
            self._close_pool(kill=kind is not None)

    def _join(self) -> None:
        """Those who are at the same run on this lake; what the dead left is taken over first."""
        self.crew = Crew.of(self.settings.lake, job_of(self.settings, self.stages, self.retry), self.run_id)
        self._open.callback(self.crew.book.close)
        self._bury()
        self.crew.join()
        self._open.callback(self._leave)
        self.run_id = self.crew.run_id
        self._journal = Journal(self._unsaved, f"{self.run_id}-{self.crew.worker}")
        self.lake.alone = lambda: self.crew.alone("rebuild", self._bury)

    def _leave(self) -> None:
        """Not without what was answered: where that cannot be saved now, the others find us dead, and take it in before they go on."""
        self._journal.close()
        try:
            self._recover()
            self.crew.leave(self.lake.snapshot())
        except (VwiError, duckdb.Error, sqlite3.Error, OSError) as error:
            log.warning("this worker could not take its leave: %s", error)
            self.crew.die()

    def _bury(self) -> bool:
        return self.crew.bury(self._recover, self.lake.snapshot)

    @property
    def _unsaved(self) -> Path:
        return Path(self.settings.lake.path) / "unsaved"

    def _recover(self) -> None:
        """Answers that a killed run had not committed."""
        for path, records in Journal.left_over(self._unsaved, {table_of(r): r for r in records_of_runs()}):
            kinds = dict.fromkeys(type(r) for r in records)
            lost = [r for kind in kinds for r in self._lost([r for r in records if type(r) is kind])]
            self.lake.append(lost, f"recovered {self.run_id}")
            path.unlink()

    def _lost(self, records: list[Record]) -> list[Record]:
        """Those that the lake has not, by their times and texts: each worker has a clock of its own, and two may tell the same time."""
        kind, rows = type(records[0]), frame(records)
        same = ["asked_at", *(name for name, of in columns_of(kind).items() if of == "varchar")]
        self.lake.show("left_over", rows.select("asked_at"))  # where clocks jump, a few records span years
        told = f"""select {", ".join(same)} from bronze.{table_of(kind)}
            where asked_at between $1 and $2 and asked_at in (select asked_at from left_over)"""
        known = self.lake.query(told, [rows["asked_at"].min(), rows["asked_at"].max()])
        lost = rows.select(same).with_row_index().join(known, on=same, how="anti", nulls_equal=True)
        return [records[i] for i in lost["index"].sort()]

    def rounds(self) -> Iterator[tuple[int, list[Stage]]]:
        """Passes over the stages: images of the pairs that one keeps are seeds of the next."""
        for number in range(1, self.settings.search.rounds + 1):
            self.round = number
            yield number, [stage for stage in self.stages if stage.in_round(number)]

    def pending(self, stage: Stage) -> Iterator[list[Row]]:
        """Batches of rows the stage has still to ask about; none, with the reason noted, where it cannot ask."""
        reason = stage.idle(self.world)
        self.asked.append(Asked(stage.name, 0, reason, self.round))
        if reason is None:
            yield from self._claimed(stage)

    def _claimed(self, stage: Stage) -> Iterator[list[Row]]:
        """Batches that no other worker of this lake has, until nobody has any left."""
        mine: list[pl.DataFrame] = []
        while True:
            self._bury()
            seen_at = self.lake.snapshot()
            share, done = Share(stage, self._left(stage, mine)), sum(rows.height for rows in mine)
            self.asked[-1] = replace(self.asked[-1], rows=done + share.rows.height)
            self.world.metrics.waiting(stage.name, share.rows.height)
            while (rows := share.claim(self.crew, seen_at)).height:
                mine.append(rows.select(stage.same))
                self._rest(stage)
                yield rows.to_dicts()
                self.crew.release(stage.name, share.held, self.lake.snapshot())
            if not self._waited(stage) and not share.was_refused:
                break
        self.asked[-1] = replace(self.asked[-1], rows=sum(rows.height for rows in mine))

    def _left(self, stage: Stage, mine: list[pl.DataFrame]) -> pl.DataFrame:
        """Pending rows that no worker has asked about in this run: a failure that may pass waits for the next one."""
        frame, columns = self._pending(stage), list(stage.same)
        told = f"select distinct {', '.join(columns)} from bronze.{table_of(stage.records[0])} where run_id = $1"
        for asked in (self.lake.query(told, [self.run_id]), *mine):
            known = asked.cast(dict(frame.select(columns).schema))  # type: ignore[arg-type]
            frame = frame.join(known, on=columns, how="anti", nulls_equal=True, maintain_order="left")
        return frame

    def _waited(self, stage: Stage) -> bool:
        """Whether others were at work on the stage: then until they are not, or one of them is dead."""
        waited = False
        while self.crew.others_hold(stage.name) and not self._bury():
            waited = True
            time.sleep(PAUSE_S)
        return waited

    def _rest(self, stage: Stage) -> None:
        """Another worker may have asked these hosts a moment ago."""
        if stage.lane and self.world.web is None and self.crew.size() > 1:
            time.sleep(self.settings.fetch.seconds_between)

    def _pending(self, stage: Stage) -> pl.DataFrame:
        if stage.listing:
            self.lake.show("listed", stage.listing(self.world))
        if stage.may_retry:
            self.lake.show("retried", retried(self.lake, stage, self.retry))
            self.lake.set(retrying=bool(self.retry))
        self.lake.set(round=self.round, **stage.variables(self.world))
        return self.lake.pending(stage.name)

    def ask(self, stage: Stage, rows: list[Row], tick: Tick = lambda: None) -> None:
        """Ask about one batch and append the answers; safe to do again after a crash, since silver reads the latest row per key."""
        self._recover()  # where it is done again: what was answered, and could not be saved
        buffer = Buffer(lambda records: self.lake.append(records, f"{stage.name} {self.run_id}"), self.run_id, self._journal, self.clock)
        going = self.portal.start_task_soon(ask_all, stage, rows, self.world, buffer, tick)
        try:
            going.result()
        except BaseException:  # Ctrl-C too: what is under way ends, what was answered is saved
            going.cancel()
            raise

    async def _compute(self, stage: Stage, row: Row) -> list[Record]:
        """In a worker process; where the pool broke (somebody killed a worker), once more in a new one."""
        if self.elsewhere:
            return await self.elsewhere(self.world, stage, row)
        pool = self.pool
        try:
            return await compute_in(pool, stage, row)
        except BrokenExecutor:
            if self._pool is pool:
                self._pool = make_pool(self.world)
            return await compute_in(self.pool, stage, row)

    @property
    def pool(self) -> ProcessPool:
        """Worker processes, started when the first stage needs them."""
        if self._pool is None:
            self._pool = make_pool(self.world)
        return self._pool

    def _close_pool(self, kill: bool) -> None:
        if self._pool is not None:
            self._pool.stop() if kill else self._pool.close()
            self._pool.join()

    def finish(self) -> pl.DataFrame:
        """Rebuild what is stale, run the checks, name the snapshot after the run; returns the yields."""
        self.lake.rebuild()
        failed = self.lake.check("fail")
        self._note_end("failed" if failed else "completed")
        if failed:
            named = ", ".join(f"{name} ({n} rows)" for name, n in failed.items())
            raise VwiError(f"checks failed: {named}. See sql/checks/fail/ for what each says and `vwi check` for the rows.")
        return self.lake.yields()

    def round_yields(self) -> pl.DataFrame:
        """What each round found that no earlier one had."""
        return self.lake.query("select * from gold.round_yields order by round")

    @property
    def problems(self) -> list[str]:
        """What was wrong with the saved sites, in words for people."""
        return self.world.web.problems if self.world.web else []

    def left(self) -> dict[str, Any]:
        """What the data set holds, and what all the lake's calls have cost."""
        return self.lake.query(LEFT).row(0, named=True)

    def _note_end(self, status: str) -> None:
        """Once for all its workers, while nobody rebuilds: the snapshot is named after the run."""
        with self.lake.alone():
            noted = self.lake.query("select 1 from bronze.runs where run_id = $1 and status = $2", [self.run_id, status])
            if noted.is_empty():
                self._note(status)

    def _note(self, status: str) -> None:
        left = self.left() if status == "completed" else {}
        row = RunRow(
            run_id=self.run_id,
            asked_at=self.clock.now(),
            status=status,
            version=__version__,
            settings=redacted(self.settings.model_dump_json()),
            **left,
        )
        self.lake.append([row], f"run {self.run_id}" if status == "completed" else f"run {self.run_id} {status}")
