"""A stage asks the world once per pending row and appends the answers to bronze. Nothing here knows any one stage."""

import asyncio
import faulthandler
import logging
import signal
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from pebble import ProcessExpired, ProcessPool

from vwi_lake.columns import Record
from vwi_lake.errors import VwiError
from vwi_lake.journal import Journal

if TYPE_CHECKING:
    from vwi_lake.world import World

log = logging.getLogger(__name__)
Row = dict[str, Any]
FLUSH_S = 1.0  # answers are committed at least this often: what a kill can lose is what is in flight
ROW_TIMEOUT_S = 60.0  # of one row in a worker process
WORKER_MEMORY = 4 << 30  # bytes of address space of a worker process: a page that wants more costs its own row only


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline: how it asks about one pending row, and where the answers go.

    `ask(row, world)` runs in the event loop, `compute(row, world)` in a worker process; a stage has one of them, or
    an `ask` that hands some rows to its `compute` through `world.compute`. Both return the row's records. Failures are
    records too; they raise only for bugs. `key` names the columns that a failed row's record takes from the pending row.
    """

    name: str
    question: str
    records: tuple[type[Record], ...]  # of its bronze tables; the first is the one a failure is written to
    key: tuple[str, ...]
    ask: Callable[[Row, "World"], Awaitable[list[Record]]] | None = None
    compute: Callable[[Row, "World"], list[Record]] | None = None
    batch: int = 500
    in_flight: Callable[["World"], int] = lambda world: world.computed_at_once
    shared_by: tuple[str, ...] = ()  # columns of pending row and record by which a row is known to other workers; none: the key
    lane: Callable[[Row], str] | None = None  # rows of one lane wait for each other, and for nobody else; None: each row for itself
    places: Callable[["World"], int] = lambda _: 1  # of a lane: its rows asked at a time
    may_retry: bool = False  # takes part in `vwi run --retry`: its pending SQL reads `retried`
    listing: Callable[["World"], pl.DataFrame] | None = None  # what the world offers, shown to pending SQL as `listed`
    idle: Callable[["World"], str | None] = lambda _: None  # why this stage cannot ask anything now; None = it can
    variables: Callable[["World"], Row] = lambda _: {}  # what its pending SQL reads with getvariable(), beside `round`
    in_round: Callable[[int], bool] = lambda _: True  # of the rounds of search, 1 the first: those it takes part in

    @property
    def same(self) -> tuple[str, ...]:
        return self.shared_by or self.key

    def failure(self, row: Row, error: str) -> Record:
        return self.records[0](**{k: row[k] for k in self.key}, error=error)  # type: ignore[call-arg]


def lanes(stage: Stage, rows: list[Row], world: "World") -> list[Iterator[Row]]:
    """Rows that are asked one after the other, those of a lane in their order; a lane of several places is given several times."""
    if stage.lane is None:
        return [iter([row]) for row in rows]
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(stage.lane(row), []).append(row)
    places = stage.places(world)
    return [lane for of_lane in by_name.values() for lane in [iter(of_lane)] * min(places, len(of_lane))]


Save = Callable[[list[Record]], None]


class Clock:
    """The time that answers bear. It never runs backwards, whatever the machine's clock does: the last answer of a key is its latest."""

    def __init__(self, last: datetime | None = None) -> None:
        self.last = last or datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        self.last = max(datetime.now(UTC), self.last + timedelta(microseconds=1))
        return self.last


class Buffer:
    """Collects answers until they are saved; run and time are put on them, and the journal has them at once."""

    def __init__(self, save: Save, run_id: str, journal: Journal | None = None, clock: Clock | None = None) -> None:
        self.save, self.run_id, self.journal, self.held = save, run_id, journal, list[Record]()
        self.clock = clock or Clock()

    def add(self, records: Iterable[Record]) -> None:
        now = self.clock.now()
        stamped = [replace(r, run_id=self.run_id, asked_at=now) for r in records]
        if self.journal and stamped:
            self.journal.write(stamped)
        self.held += stamped

    async def flush(self) -> None:
        """Saved in a thread, while the loop goes on asking and adding."""
        if not self.held:
            return
        held, self.held = self.held, []
        ended = self.journal.cut() if self.journal else None
        try:
            await asyncio.to_thread(self.save, held)
        except BaseException:
            Journal.keep(ended)
            raise
        Journal.drop(ended)


async def ask_all(stage: Stage, rows: list[Row], world: "World", buffer: Buffer, tick: Callable[[], None]) -> None:
    """Ask about all rows, `in_flight` at a time; what came back is saved even where a later row hits a bug.

    Where it ends early, answered rows leave the list: to try the batch again is to ask about the others.
    """
    gate, answered = asyncio.Semaphore(stage.in_flight(world)), set[int]()

    async def along(lane: Iterator[Row]) -> None:
        for row in lane:
            async with gate:
                with world.metrics.asking(stage.name):
                    records = await _answer(stage, row, world)
                buffer.add(records)
            world.metrics.answered(stage.name, records)
            answered.add(id(row))
            tick()

    tasks = [asyncio.create_task(along(lane)) for lane in lanes(stage, rows, world)]
    all_done = asyncio.gather(*tasks)
    try:
        while not all_done.done():
            await asyncio.wait([all_done], timeout=FLUSH_S)
            await buffer.flush()
        await all_done
    except BaseException:
        rows[:] = [row for row in rows if id(row) not in answered]
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await buffer.flush()


async def _answer(stage: Stage, row: Row, world: "World") -> list[Record]:
    if stage.ask is not None:
        return await stage.ask(row, world)
    assert world.compute is not None
    return await world.compute(stage, row)


async def compute_in(pool: ProcessPool, stage: Stage, row: Row) -> list[Record]:
    """One row in a worker process: one that takes too long, too much memory or its worker down becomes a failure record."""
    try:
        future = pool.schedule(_compute_here, args=[stage.name, row], timeout=ROW_TIMEOUT_S)
    except RuntimeError as error:  # how a pool says that it broke
        raise BrokenExecutor(str(error)) from error
    try:
        return await asyncio.wrap_future(future)
    except TimeoutError:
        return [stage.failure(row, "timeout")]
    except ProcessExpired:
        return [stage.failure(row, "worker_died")]
    except BrokenExecutor:
        raise
    except Exception as error:
        if not pool.active and not isinstance(error, (OSError, VwiError)):  # the pool itself broke: no answer about the row
            raise BrokenExecutor(str(error)) from error
        return _failed(stage, row, error)


def _failed(stage: Stage, row: Row, error: Exception) -> list[Record]:
    """What `compute` raised, as a record; trouble of this machine is no answer about the row."""
    if isinstance(error, (OSError, VwiError)):
        raise error
    if isinstance(error, MemoryError):
        return [stage.failure(row, "out_of_memory")]
    log.error("%s: a bug on %s", stage.name, {k: row[k] for k in stage.key}, exc_info=error)
    return [stage.failure(row, f"bug_{type(error).__name__}")]


def compute_rows(name: str, rows: list[Row], world: "World") -> list[list[Record]]:
    """One after the other in this process, which ends where a row takes too long."""
    from vwi_lake.stages import STAGES

    stage, found = STAGES[name], []
    assert stage.compute is not None
    for row in rows:
        faulthandler.dump_traceback_later(ROW_TIMEOUT_S, exit=True)  # what hangs in C too
        try:
            found.append(stage.compute(row, world))
        except Exception as error:  # noqa: BLE001 - it becomes a record
            found.append(_failed(stage, row, error))
        finally:
            faulthandler.cancel_dump_traceback_later()
    return found


def make_pool(world: "World") -> ProcessPool:
    """Spawned, not forked: DuckDB and the event loop have threads, which a fork would leave dead in the child."""
    import multiprocessing

    return ProcessPool(
        max_workers=world.settings.processes,
        max_tasks=2_000,  # a worker is replaced now and then, so that no leak of a parser grows for weeks
        initializer=_prepare_worker,
        initargs=[world.portable()],
        context=multiprocessing.get_context("spawn"),
    )


_world: "World | None" = None  # of a worker process; set once, when it starts


def _prepare_worker(world: "World") -> None:
    global _world  # noqa: PLW0603 - a worker process gets its world once, not with every row
    _world = world
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process's to handle; it ends the workers
    with suppress(ImportError, ValueError, OSError):  # not every system can limit a process's memory
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (WORKER_MEMORY, WORKER_MEMORY))


def _compute_here(name: str, row: Row) -> list[Record]:
    from vwi_lake.stages import STAGES

    assert _world is not None
    compute = STAGES[name].compute
    assert compute is not None
    return compute(row, _world)
