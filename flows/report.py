"""What a run tells Prefect: progress while it goes, tables when it is done, events that automations wait for."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import Any
from uuid import UUID

import httpx
import polars as pl
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.events import emit_event
from prefect.exceptions import PrefectException

from vwi_lake.errors import VwiError, redacted
from vwi_lake.run import Run

EVERY_S = 2.0  # the bar is moved this often at most, however quick the rows
UNHEARD = (httpx.HTTPError, PrefectException, OSError)  # the server is away: a bar that stands still is no reason to end a run


@contextmanager
def progress(run: Run) -> Iterator[Callable[[], None]]:
    """A progress artifact that moves while the run's newest stage is asked; yields what is called at each answered row."""
    done, over = [0], threading.Event()

    def tick() -> None:
        done[0] += 1

    mover = threading.Thread(target=copy_context().run, args=(_move, run, done, over), daemon=True)
    mover.start()
    try:
        yield tick
    finally:
        over.set()
        mover.join()


def _move(run: Run, done: list[int], over: threading.Event) -> None:
    """Every two seconds where something was answered, and once in the end; how many rows there are may change, since workers share them."""
    bar, shown = None, -1
    while True:
        ended, asked = over.is_set(), run.asked[-1]
        if done[0] != shown or ended:
            shown = done[0]
            share = 100.0 * min(shown / asked.rows, 1.0) if asked.rows else 100.0
            said = f"{asked.stage}, run {run.run_id}: {shown:,} of {asked.rows:,} rows"
            with suppress(*UNHEARD):
                if bar is None:
                    bar = UUID(str(create_progress_artifact(share, key=f"progress-{asked.stage.replace('_', '-')}", description=said)))
                else:
                    update_progress_artifact(bar, share, description=said)
        if ended:
            return
        over.wait(EVERY_S)


def tables(run: Run, lake: str, yields: pl.DataFrame) -> None:
    """The run's figures, as tables that Prefect keeps by run."""
    of_run = f"run {run.run_id} on {lake}"
    costs, rounds = run.lake.query("from gold.costs"), run.round_yields()
    create_table_artifact(key="stage-yields", table=yields.to_dicts(), description=f"Yields of {of_run}")
    create_table_artifact(key="round-yields", table=rounds.to_dicts(), description=f"Yields of each round of search, {of_run}")
    create_table_artifact(
        key="costs", table=costs.to_dicts(), description=f"What all runs on {lake} have cost so far, as of run {run.run_id}"
    )
    left_out = dict.fromkeys(f"- **{a.stage}**: {a.left_out}" for a in run.asked if a.left_out)
    create_markdown_artifact(
        key="left-out", markdown="\n".join(left_out) or "Every stage could ask.", description=f"Stages left out, and why, {of_run}"
    )


def tell_end(run: Run, lake: str) -> None:
    """Event `vwi.run.completed`, and `vwi.budget.reached` where money, tokens or requests ended the asking early."""
    left = run.left()
    tell("vwi.run.completed", run, lake, **left)
    for why in stopped(run):
        tell("vwi.budget.reached", run, lake, why=why, pairs=left["pairs"], cost_usd=left["cost_usd"])


def stopped(run: Run) -> list[str]:
    """Why nothing more was asked, in words for people: of model calls and of searches."""
    search = run.lake.query(
        "select distinct error from bronze.searches where run_id = $1 and error in ('budget_reached', 'quota_gone')", [run.run_id]
    )
    return [*([run.world.llm.stopped] if run.world.llm and run.world.llm.stopped else []), *(f"search: {e}" for e in search["error"])]


def tell(event: str, run: Run, lake: str, **payload: Any) -> None:
    """An event about the lake; flow run and deployment are named with it by Prefect."""
    resource = {"prefect.resource.id": f"vwi.lake.{slug(lake)}", "prefect.resource.name": lake, "vwi.run-id": run.run_id}
    emit_event(event=event, resource=resource, payload={"run_id": run.run_id, "lake": lake, **payload})


def slug(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_.-]+", "-", text).strip("-") or "lake"


@contextmanager
def without_secrets() -> Iterator[None]:
    """Prefect logs what a flow raises: passwords of a catalog's address are taken out first."""
    try:
        yield
    except Exception as error:
        told = redacted(str(error))
        if told == str(error):
            raise
        raise VwiError(told) from None
