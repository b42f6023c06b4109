"""What the flows about models share: export, train and evaluate as tasks, with progress, loss curve and results as artifacts."""

import time
from pathlib import Path
from uuid import UUID

from prefect import task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE

from vwi_lake import train as training
from vwi_lake.evaluation.command import Wanted
from vwi_lake.evaluation.evaluate import evaluate
from vwi_lake.export.formats import export
from vwi_lake.export.mix import Mix
from vwi_lake.lake import Lake
from vwi_lake.providers.local_runner import LocalRunner
from vwi_lake.records import BRONZE
from vwi_lake.rules import rules_of
from vwi_lake.settings import Settings

EVERY_S = 5.0  # between two updates of a progress artifact
BARS = "▁▂▃▄▅▆▇█"


def opened(settings: Settings) -> Lake:
    return Lake.open(settings.lake, rules_of(settings), [*BRONZE, *training.RECORDS])


@task(task_run_name="export {mix.name}", cache_policy=NO_CACHE, persist_result=False)
def export_data(settings: Settings, mix: Mix, to: Path, at: str | None = None) -> Path:
    """The mix as files; returns its list."""
    export(settings.lake, mix, to, at)
    return to / f"{mix.name}.yaml"


@task(task_run_name="train {wanted.recipe}", cache_policy=NO_CACHE, persist_result=False)
def train_model(settings: Settings, wanted: training.Wanted) -> str:
    """Train, or go on from the newest checkpoint of the folder; returns the run's id."""
    lake = opened(settings)
    try:
        with_progress = Progress(f"training of {wanted.to.name}")
        run_id = training.train(
            lake, wanted, LocalRunner(), lambda step, steps, loss: with_progress(step, steps, f"step {step} of {steps}, loss {loss:.3f}")
        )
        losses = lake.query(
            "select step, any_value(loss) as loss from bronze.training_steps where run_id = $1 group by step order by step", [run_id]
        )
    finally:
        lake.close()
    create_markdown_artifact(key="loss-curve", markdown=loss_curve(losses["loss"].to_list()), description=f"Loss of training {run_id}")
    return run_id


@task(task_run_name="evaluate {name}", cache_policy=NO_CACHE, persist_result=False)
def evaluate_model(settings: Settings, wanted: Wanted, name: str) -> str:
    """Ask the model all tasks; returns the evaluation's id. A task without a whole result fails it."""
    lake = opened(settings)
    try:
        with_progress = Progress(f"evaluation of {name}")
        folder = Path(settings.lake.path).absolute() / "evaluations"
        run_id = evaluate(
            lake, wanted, LocalRunner(), folder, lambda task, done, total: with_progress(done, total, f"{task}: {done} of {total}")
        )
        results = lake.query("select * exclude (run_id) from gold.eval_results where run_id = $1", [run_id])
    finally:
        lake.close()
    create_table_artifact(key="eval-results", table=results.to_dicts(), description=f"Results of evaluation {run_id}")
    return run_id


class Progress:
    """A progress artifact, made with the first word and not updated more often than Prefect's server likes."""

    def __init__(self, what: str) -> None:
        self.what, self.artifact, self.told = what, None, 0.0

    artifact: UUID | None

    def __call__(self, done: int, total: int, words: str) -> None:
        now = time.monotonic()
        if self.artifact and now - self.told < EVERY_S and done < total:
            return
        self.told, share = now, 100.0 * done / max(1, total)
        if self.artifact is None:
            self.artifact = create_progress_artifact(progress=share, description=f"{self.what}: {words}")  # type: ignore[assignment] # not async here
        else:
            update_progress_artifact(self.artifact, progress=share, description=f"{self.what}: {words}")


def loss_curve(losses: list[float | None]) -> str:
    """A line of bars, and the figures of at most twenty of the steps."""
    known = [(step, loss) for step, loss in enumerate(losses, 1) if loss is not None]
    if not known:
        return "No step was recorded."
    shown = known[:: max(1, len(known) // 60)]
    low, high = min(loss for _, loss in shown), max(loss for _, loss in shown)
    bars = "".join(BARS[round((len(BARS) - 1) * (loss - low) / ((high - low) or 1))] for _, loss in shown)
    rows = [known[i] for i in sorted({round(k * (len(known) - 1) / 19) for k in range(20)})]
    return f"`{bars}`\n\n| step | loss |\n|---:|---:|\n" + "".join(f"| {step} | {loss:.4f} |\n" for step, loss in rows)
