"""Rows computed on Ray, a Prefect task per chunk: with RAY_ADDRESS on that cluster, else on one that starts here and ends with the flow.

A cluster's machines need the same code (`pip install 'vwi-lake[ray]'`) and blobs that they reach, so on S3 or a shared disk.
"""

import asyncio
import os
import pickle
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any

import ray
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.settings import PREFECT_API_URL
from prefect_ray import RayTaskRunner
from prefect_ray.context import remote_options

from vwi_lake.columns import Record
from vwi_lake.errors import VwiError
from vwi_lake.stage import ROW_TIMEOUT_S, Row, Stage, compute_rows
from vwi_lake.world import World

CHUNK = 32  # rows of a task: enough that its milliseconds of overhead do not count
GATHER_S = 0.05  # how long a chunk waits to be full
MEMORY = 256 << 20  # of Ray's store, which holds nothing but chunks under way: by default it takes a third of the machine
DIED = (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError)  # of the rows' own doing; a lost cluster is not
Waiting = list[tuple[Row, "asyncio.Future[list[Record]]"]]


@task(name="compute", task_run_name="{name}, {n} rows", cache_policy=NO_CACHE, persist_result=False)
def compute_chunk(name: str, n: int, packed: bytes) -> bytes:
    """Packed, so that neither Prefect nor Ray looks into thousands of rows."""
    rows, world = pickle.loads(packed)  # noqa: S301 - packed by this module
    return pickle.dumps(compute_rows(name, rows, world))


@dataclass
class OnRay:
    """Gathers rows that are asked at the same time into chunks."""

    runner: RayTaskRunner[Any]
    context: Context  # of the flow: that of a task holds what cannot be sent
    at_once: int
    threads: ThreadPoolExecutor
    _waiting: dict[str, Waiting] = field(default_factory=dict, init=False)
    _sent: set["asyncio.Task[None]"] = field(default_factory=set, init=False)

    async def __call__(self, world: World, stage: Stage, row: Row) -> list[Record]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Record]] = loop.create_future()
        waiting = self._waiting.setdefault(stage.name, [])
        waiting.append((row, answer))
        if len(waiting) == CHUNK:
            self._send(world, stage)
        elif len(waiting) == 1:
            loop.call_later(GATHER_S, self._send, world, stage)
        return await answer

    def _send(self, world: World, stage: Stage) -> None:
        if waiting := self._waiting.pop(stage.name, None):
            sent = asyncio.create_task(self._answer(world, stage, waiting))
            self._sent.add(sent)
            sent.add_done_callback(self._sent.discard)

    async def _answer(self, world: World, stage: Stage, waiting: Waiting) -> None:
        rows, open_ = [row for row, _ in waiting], [answer for _, answer in waiting]
        try:
            for answer, records in zip(open_, await self._computed(world, stage, rows), strict=True):
                if not answer.done():  # cancelled meanwhile
                    answer.set_result(records)
        except BaseException as error:  # noqa: BLE001 - each who waits is told
            for answer in open_:
                if not answer.done():
                    answer.set_exception(error)

    async def _computed(self, world: World, stage: Stage, rows: list[Row]) -> list[list[Record]]:
        """A chunk whose process died is computed row by row: only the row that kills it is lost."""
        began, packed = time.monotonic(), pickle.dumps((rows, world.portable()))
        try:
            loop = asyncio.get_running_loop()
            done = await loop.run_in_executor(self.threads, self._run, stage.name, len(rows), packed)
        except DIED:
            if len(rows) > 1:
                return [(await self._computed(world, stage, [row]))[0] for row in rows]
            error = "timeout" if time.monotonic() - began >= ROW_TIMEOUT_S else "worker_died"
            return [[stage.failure(rows[0], error)]]
        return pickle.loads(done)  # noqa: S301 - packed by our task

    def _run(self, name: str, n: int, packed: bytes) -> bytes:
        return self.context.copy().run(self._submit, name, n, packed).result()

    def _submit(self, name: str, n: int, packed: bytes) -> Any:
        with remote_options(max_retries=0):  # what killed a process would kill the next
            return self.runner.submit(compute_chunk, {"name": name, "n": n, "packed": packed})


@contextmanager
def on_ray(processes: int) -> Iterator[OnRay]:
    """Called in a flow; `processes`: of a cluster that is started here."""
    if not PREFECT_API_URL.value():  # each process of Ray's would start a server of its own
        raise VwiError('compute = "ray" needs a Prefect server: `vwi up` starts one, or PREFECT_API_URL names it')
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    own = {"num_cpus": processes, "include_dashboard": False, "object_store_memory": MEMORY}
    with RayTaskRunner(init_kwargs={} if os.environ.get("RAY_ADDRESS") else own) as runner:
        chunks = 2 * int(ray.cluster_resources().get("CPU", 1))  # one at work and one waiting for each core
        with ThreadPoolExecutor(chunks) as threads:
            yield OnRay(runner, copy_context(), chunks * CHUNK, threads)
