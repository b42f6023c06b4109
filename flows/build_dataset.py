"""Build the data set: the stages in their order, one task per batch. No rules here; those are in sql/ and vwi_lake/."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from itertools import chain
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from flows import report
from flows.limits import known_limits, names_of, slot
from flows.parameters import Name, Rounds, SearchProvider, StageName, described
from vwi_lake.errors import VwiError
from vwi_lake.local_prefect import go_there
from vwi_lake.run import Elsewhere, Run, Tick, choose
from vwi_lake.settings import Settings, load
from vwi_lake.stage import Row, Stage


def may_pass(task: Any, run: Any, state: Any) -> bool:
    """Bad settings and refused keys do not get better by trying again."""
    return not isinstance(state.data, VwiError) and not isinstance(getattr(state.data, "exception", None), VwiError)


@task(
    task_run_name="{name} {number}",
    retries=3,
    retry_delay_seconds=[1, 10, 60],
    retry_condition_fn=may_pass,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def ask_batch(name: str, number: int, ask: Callable[[], int]) -> int:
    """One batch of one stage. A retry is safe: silver reads the latest row of each key."""
    rows = ask()
    get_run_logger().info("%s, batch %s: %s rows answered", name, number, rows)
    return rows


@flow(name="build-dataset", flow_run_name="build-dataset {lake}", validate_parameters=True)
@described
def build_dataset(
    lake: Name = "lake",
    web: list[Name] | None = None,
    seeds: Name | None = None,
    search: SearchProvider | None = None,
    config: Name | None = None,
    only: list[StageName] | None = None,
    until: StageName | None = None,
    rounds: Rounds | None = None,
    benchmarks: list[Name] | None = None,
    retry: list[Name] | None = None,
) -> str:
    """Run the pipeline on a lake; the same parameters as `vwi run`. Returns the run's id, which names its snapshot."""
    logger = get_run_logger()
    go_there()
    given = {"web": tuple(web or ()), "benchmarks": tuple(benchmarks or ())}
    with report.without_secrets():
        settings = load(config, lake__path=lake, seeds=seeds, search__provider=search, search__rounds=rounds, **given)
        stages = choose(only or [], until)
        with computing(settings) as elsewhere, Run(settings, stages, retry=retry or (), elsewhere=elsewhere) as run:
            logger.info("run %s on lake %s", run.run_id, lake)
            limits = known_limits()
            for round_number, stages in run.rounds():
                for stage in stages:
                    ask_stage(run, stage, limits)
                    said = run.asked[-1].left_out or f"{run.asked[-1].rows} asked"
                    logger.info("run %s, round %s, %s: %s", run.run_id, round_number, stage.name, said)
            yields = run.finish()
            report.tables(run, lake, yields)
            report.tell_end(run, lake)
    return run.run_id


def computing(settings: Settings) -> AbstractContextManager[Elsewhere | None]:
    """Who computes rows: Ray, where the settings say so."""
    if settings.compute == "processes":
        return nullcontext()
    try:
        from flows.on_ray import on_ray
    except ImportError as error:
        raise VwiError(f"compute = \"ray\" needs one more package ({error}): pip install 'vwi-lake[ray]'") from None
    return on_ray(settings.processes)


def ask_stage(run: Run, stage: Stage, limits: set[str]) -> None:
    """A task per batch, each in its place under the stage's limits."""
    waiting = run.pending(stage)
    first = next(waiting, None)
    if first is None:
        return
    names = names_of(stage.name, limits, asks_model=run.world.llm is not None, is_saved=run.world.web is not None)
    with report.progress(run) as tick:
        for number, rows in enumerate(chain([first], waiting), start=1):
            ask_batch(stage.name, number, partial(ask_in_place, names, run, stage, rows, tick))


def ask_in_place(names: list[str], run: Run, stage: Stage, rows: list[Row], tick: Tick) -> int:
    """Returns how many rows the batch had; `rows` itself loses those that were answered before a failure."""
    n_rows = len(rows)
    with slot(names):
        run.ask(stage, rows, tick)
    return n_rows


if __name__ == "__main__":
    build_dataset(web=["demo"], seeds="demo")
