"""Build the data set: the stages in their order, one task per batch. No rules here; those are in sql/ and vwi_lake/."""

from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from vwi_lake.errors import VwiError
from vwi_lake.local_prefect import go_there
from vwi_lake.run import Run, choose
from vwi_lake.settings import load
from vwi_lake.stage import Stage


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
def ask_batch(name: str, number: int, ask: "Batch") -> int:
    """One batch of one stage. A retry is safe: silver reads the latest row of each key."""
    return ask()


class Batch:
    """A batch bound to its run, so that Prefect passes it on without looking into it."""

    def __init__(self, run: Run, stage: Stage, rows: list[dict[str, Any]]) -> None:
        self.run, self.stage, self.rows = run, stage, rows

    def __call__(self) -> int:
        self.run.ask(self.stage, self.rows)
        return len(self.rows)


@flow(name="build-dataset", flow_run_name="build-dataset {lake}", validate_parameters=True)
def build_dataset(
    lake: str = "lake",
    web: list[str] | None = None,
    seeds: str | None = None,
    search: str | None = None,
    config: str | None = None,
    only: list[str] | None = None,
    until: str | None = None,
    rounds: int | None = None,
    benchmarks: list[str] | None = None,
    retry: list[str] | None = None,
) -> str:
    """Run the pipeline on a lake; the same parameters as `vwi run`. Returns the run's id, which names its snapshot."""
    logger = get_run_logger()
    go_there()
    given = {"web": tuple(web or ()), "benchmarks": tuple(benchmarks or ())}
    settings = load(config, lake__path=lake, seeds=seeds, search__provider=search, search__rounds=rounds, **given)
    with Run(settings, choose(only or [], until), retry=retry or ()) as run:
        for round_number, stages in run.rounds():
            for stage in stages:
                for number, rows in enumerate(run.pending(stage), start=1):
                    ask_batch(stage.name, number, Batch(run, stage, rows))
                logger.info("round %s, %s: %s", round_number, stage.name, run.asked[-1].left_out or f"{run.asked[-1].rows} asked")
        yields, by_round = run.finish(), run.round_yields()
    create_table_artifact(key="stage-yields", table=yields.to_dicts(), description=f"Yields of run {run.run_id} on {lake}")
    create_table_artifact(key="round-yields", table=by_round.to_dicts(), description=f"Yields of each round of search on {lake}")
    left_out = dict.fromkeys(f"- **{a.stage}**: {a.left_out}" for a in run.asked if a.left_out)
    create_markdown_artifact(
        key="left-out", markdown="\n".join(left_out) or "Every stage could ask.", description="Stages left out, and why"
    )
    return run.run_id


if __name__ == "__main__":
    build_dataset(web=["demo"], seeds="demo")
