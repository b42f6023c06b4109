"""Train and evaluate each mix on each base model: what the data adds, and which part of it. Finished cells are not run again."""

from pathlib import Path
from typing import Annotated

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.logging import get_run_logger
from pydantic import Field

from flows.model_steps import evaluate_model, export_data, opened, train_model
from flows.parameters import CellMix, Name, Positive, Seed, described
from vwi_lake.ablation import BASE_ONLY, Cell, cells, data_sha, finished, found
from vwi_lake.evaluation.command import Wanted, files_of, files_of_checkpoint, judge_of, model_under_test
from vwi_lake.evaluation.local_tasks import HELD_OUT
from vwi_lake.export.mix import Mix
from vwi_lake.local_prefect import go_there
from vwi_lake.settings import Settings, load
from vwi_lake.train import Wanted as Training

TABLE = """
select base, mix, seed, task, metric, value, ci_low, ci_high, n, gain, gain_low, gain_high, p
from gold.ablations where list_contains($1, eval_run_id)
"""


@flow(name="ablation", flow_run_name="ablation on {lake}")
@described
def ablation(
    mixes: Annotated[list[CellMix], Field(min_length=1)],
    bases: Annotated[list[Name], Field(min_length=1)],
    lake: Name = "lake",
    to: Name = "runs/ablation",
    recipe: Name = "full",
    seeds: list[Seed] | None = None,
    snapshot: Name | None = None,
    partner: Name | None = None,
    partner_images: Name | None = None,
    tasks: list[Name] | None = None,
    files: dict[Name, Name] | None = None,
    held_out: bool = True,
    judge: Name | None = None,
    judge_url: Name | None = None,
    limit: Positive | None = None,
    empty_ok: bool = False,
    max_new_tokens: Positive = 2048,
    device: Name | None = None,
    processes: Positive = 1,
    config: Name | None = None,
) -> list[str]:
    """One table: a row per mix, base, seed and task, with intervals and the gain over the base. `none` is the base as it is.

    Returns the evaluations' ids.

    Args:
        seeds: One row of the table for each.
    """
    go_there()
    settings, logger = load(config, lake__path=lake), get_run_logger()
    asked = (*(tasks or ()), *(files or {}), *([HELD_OUT] if held_out else []))
    done = []
    for mix, base, seed in cells(mixes, bases, seeds or [0]):
        data = None
        if mix != BASE_ONLY:
            other = Path(partner) if partner and mix == "mixed_9_1" else None
            folder = Path(to) / "data" / f"{mix}-{seed}"
            data = export_data(
                settings, Mix(mix, seed, "all", other, Path(partner_images) if partner_images and other else None), folder, snapshot
            )
        cell = Cell(
            mix, base, recipe if data else "", seed, asked, limit, data_sha(data.parent) if data else None, tuple(files_of_checkpoint(base))
        )
        run_id = known(settings, cell)
        if run_id:
            logger.info("%s on %s, seed %s: finished before (evaluation %s)", mix, base, seed, run_id)
        else:
            trained, checkpoint = None, base
            if data:
                place = Path(to) / cell.key
                trained = train_model(settings, Training(recipe, data, place, base, seed=seed, processes=processes))
                checkpoint = str(place.absolute() / "model")
            wanted = Wanted(
                model_under_test(checkpoint, device=device, processes=processes),
                tasks=tuple(tasks or ()),
                files=files_of(files or {}),
                held_out=held_out,
                judge=judge_of(judge, judge_url),
                limit=limit,
                empty_ok=empty_ok,
                max_new_tokens=max_new_tokens,
                training_run_id=trained,
            )
            run_id = evaluate_model(settings, wanted, f"{mix} on {base}")
            note(settings, cell, run_id, trained)
        done.append(run_id)
        show(settings, done)
    return done


def known(settings: Settings, cell: Cell) -> str | None:
    lake = opened(settings)
    try:
        return found(lake, cell)
    finally:
        lake.close()


def note(settings: Settings, cell: Cell, eval_run_id: str, training_run_id: str | None) -> None:
    lake = opened(settings)
    try:
        finished(lake, cell, eval_run_id, training_run_id)
    finally:
        lake.close()


def show(settings: Settings, done: list[str]) -> None:
    """The table so far."""
    lake = opened(settings)
    try:
        lake.rebuild(lake.rules.upstream("select * from gold.ablations"))
        rows = lake.query(TABLE, [done]).to_dicts()
    finally:
        lake.close()
    create_table_artifact(
        key="ablation", table=rows, description="Each mix on each base, with 95 % intervals; gain: over the base untrained"
    )
