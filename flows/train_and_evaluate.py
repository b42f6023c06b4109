"""Train on a mix and evaluate what came of it: the claim of the paper, for your data, in one command."""

from pathlib import Path

from prefect import flow

from flows.evaluate import evaluate
from flows.parameters import ALONE, MixName, Name, Positive, Seed, Sharding, described
from flows.train import train
from vwi_lake.local_prefect import go_there


@flow(name="train-and-evaluate", flow_run_name="{recipe} on {mix}")
@described
def train_and_evaluate(
    lake: Name = "lake",
    to: Name = "runs/alone",
    mix: MixName = ALONE,
    recipe: Name = "full",
    base: Name | None = None,
    snapshot: Name | None = None,
    seed: Seed | None = None,
    partner: Name | None = None,
    partner_images: Name | None = None,
    processes: Positive = 1,
    sharding: Sharding | None = None,
    tasks: list[Name] | None = None,
    files: dict[Name, Name] | None = None,
    held_out: bool = True,
    serve: bool | Name = False,
    judge: Name | None = None,
    judge_url: Name | None = None,
    limit: Positive | None = None,
    empty_ok: bool = False,
    max_new_tokens: Positive = 2048,
    device: Name | None = None,
    config: Name | None = None,
) -> str:
    """The flow train, then the flow evaluate on what came of it. Returns the evaluation's id."""
    go_there()
    run_id = train(lake, to, mix, recipe, base, snapshot, seed, partner, partner_images, processes, sharding, config)
    return evaluate(
        lake,
        str(Path(to).absolute() / "model"),
        tasks=tasks,
        files=files,
        held_out=held_out,
        serve=serve,
        judge=judge,
        judge_url=judge_url,
        limit=limit,
        empty_ok=empty_ok,
        max_new_tokens=max_new_tokens,
        device=device,
        processes=processes,
        training_run_id=run_id,
        config=config,
    )
