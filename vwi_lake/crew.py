"""Workers that share a run: who is at work on a lake, and which rows each has claimed. Nothing here knows any one stage.

A claim is of a unit of a stage: a host, or a share of its rows by hash. Two rules decide all:

- One worker holds a unit at a time. A worker is dead when its process on this machine is, or when its beats did not move in
  eight looks; then whoever sees it takes its answers in (the journal), and only then frees its units.
- Who saw the lake before a unit was done may not claim it: what it thinks is pending was answered meanwhile.

So nothing is asked twice, without clocks that agree. A worker that was taken for dead and is not does no harm: the lake reads the
latest row of a key.
"""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from vwi_lake.books import Book, open_book
from vwi_lake.processes import began, living
from vwi_lake.settings import LakeSettings

log = logging.getLogger(__name__)
ANY = 1 << 62  # later than any snapshot
LOOKS = 8  # without a beat, after which a worker elsewhere is dead
TABLES = """
create table if not exists workers (
  worker text primary key, job text not null, run_id text not null, machine text not null, pid bigint not null,
  began double precision not null, beats bigint not null);
create table if not exists claims (
  stage text not null, unit text not null, worker text, -- null: free
  done_at bigint not null, -- snapshot of the lake in which its last answers are
  primary key (stage, unit))
"""
ONE_AT_A_TIME = "insert into claims values ('join', '', null, 0) on conflict (stage, unit) do update set done_at = 0"
JOIN = """
insert into workers (worker, job, run_id, machine, pid, began, beats)
values (?, ?, coalesce((select min(run_id) from workers where job = ?), ?), ?, ?, ?, 0)
returning run_id
"""
CLAIM = """
insert into claims (stage, unit, worker, done_at) values (?, ?, ?, -1)
on conflict (stage, unit) do update set worker = excluded.worker
where claims.worker is null and claims.done_at <= ?
returning unit
"""
RELEASE = "update claims set worker = null, done_at = ? where stage = ? and unit = ? and worker = ?"
FREE = "update claims set worker = null, done_at = ? where worker = ?"
LEFT = "delete from workers where worker = ?"
NOBODY_LEFT = "delete from claims where not exists (select 1 from workers)"
HELD = """
select count(*) from claims join workers on workers.worker = claims.worker
where claims.stage = ? and claims.worker <> ? and workers.job = ?
"""


def this_machine() -> str:
    """Host, boot and process namespace: in two containers, and after a boot, the same id names different processes."""
    try:
        space, boot = os.stat("/proc/self/ns/pid").st_ino, Path("/proc/sys/kernel/random/boot_id").read_text().strip()  # noqa: PTH116 - a link
    except OSError:
        space, boot = 0, ""
    return f"{socket.gethostname()} {boot} {space}"


@dataclass
class Crew:
    """One worker's place among those of its job: runs with the same settings on the same lake at the same time are one run."""

    book: Book
    job: str
    run_id: str
    beat_s: float
    worker: str = field(default_factory=lambda: secrets.token_hex(6))
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict, init=False)  # beats of others, and looks since they moved
    _dead: set[str] = field(default_factory=set, init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)
    _over: threading.Event = field(default_factory=threading.Event, init=False)
    _heart: threading.Thread | None = field(default=None, init=False)

    @classmethod
    def of(cls, lake: LakeSettings, job: str, run_id: str) -> "Crew":
        return cls(open_book(lake, "crew", TABLES), job, run_id, lake.lease_s / LOOKS)

    def join(self) -> None:
        """The run of the same job that is going on, where there is one; else our own."""
        me = psutil.Process()
        values = (self.worker, self.job, self.job, self.run_id, this_machine(), me.pid, began(me))
        self.run_id = self.book.write([(ONE_AT_A_TIME, ()), (JOIN, values)])[1][0][0]
        self._heart = threading.Thread(target=self._beat, name="crew", daemon=True)
        self._heart.start()

    def leave(self, snapshot: int) -> None:
        self.book.write([(FREE, (snapshot, self.worker)), (LEFT, (self.worker,)), (NOBODY_LEFT, ())])
        self._stop()

    def die(self) -> None:
        """Without a word: whoever looks takes in what we left, and only then frees what we held."""
        with suppress(Exception):
            self.book.rows("update workers set began = -1e9 where worker = ?", [self.worker])  # this process may live on
        self._stop()

    def _stop(self) -> None:
        self._over.set()
        if self._heart:
            self._heart.join()

    # -- who lives -----------------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        while not self._over.wait(self.beat_s):
            try:
                self.book.rows("update workers set beats = beats + 1 where worker = ?", [self.worker])
                self._look(counts=1)
            except Exception as error:  # noqa: BLE001 - the work goes on; who works meets the same trouble, and says so
                log.warning("the other workers cannot be looked for: %s", error)

    def _look(self, counts: int = 0) -> None:
        """Only looks count, not time: while nobody can look, nobody is taken for dead."""
        rows = self.book.rows("select worker, machine, pid, began, beats from workers where worker <> ?", [self.worker])
        with self._turn:
            self._seen = {worker: self._looks(worker, beats, counts) for worker, _, _, _, beats in rows}
            self._dead = {w for w, machine, pid, start, _ in rows if self._is_dead(w, machine, pid, start)}

    def _looks(self, worker: str, beats: int, counts: int) -> tuple[int, int]:
        before, looks = self._seen.get(worker, (-1, 0))
        return beats, looks + counts if before == beats else 0

    def _is_dead(self, worker: str, machine: str, pid: int, start: float) -> bool:
        return not living(pid, start) if machine == this_machine() else self._seen[worker][1] >= LOOKS

    def bury(self, recover: Callable[[], None], snapshot: Callable[[], int]) -> bool:
        """Free what dead workers held, once `recover` has put into the lake what they left; whether there were any."""
        self._look()
        with self._turn:
            dead, self._dead = set(self._dead), set()
        if dead:
            recover()
        for worker in dead:
            log.warning("a worker ended in the middle of its work; the others take it over")
            self.book.write([(FREE, (snapshot(), worker)), (LEFT, (worker,))])
        return bool(dead)

    def size(self) -> int:
        """Workers of this job, this one too."""
        return max(1, int(self.book.rows("select count(*) from workers where job = ?", [self.job])[0][0]))

    # -- who does what -------------------------------------------------------------------------------------------------

    def claim(self, stage: str, units: Sequence[str], seen_at: int) -> set[str]:
        """Those of `units` that are ours now; `seen_at`: the snapshot in which they were found pending, or an older one."""
        rows = self.book.write([(CLAIM, (stage, unit, self.worker, seen_at)) for unit in sorted(units)])
        return {unit for found in rows for (unit,) in found}

    def release(self, stage: str, units: Sequence[str], done_at: int) -> None:
        self.book.write([(RELEASE, (done_at, stage, unit, self.worker)) for unit in sorted(units)])

    def others_hold(self, stage: str) -> bool:
        """Whether others of this job are at work on something of this stage."""
        return bool(self.book.rows(HELD, [stage, self.worker, self.job])[0][0])

    @contextmanager
    def alone(self, what: str, bury: Callable[[], object], pause_s: float = 0.1) -> Iterator[None]:
        """One worker at a time, of all jobs."""
        while not self.claim("alone", [what], ANY):
            time.sleep(pause_s)
            bury()
        try:
            yield
        finally:
            self.release("alone", [what], 0)
