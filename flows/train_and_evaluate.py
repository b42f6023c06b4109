"""Train on a mix and evaluate what came of it: the claim of the paper, for your data, in one command."""

from pathlib import Path

from prefect import flow

from flows.evaluate import evaluate
from flows.train import train
from vwi_lake.local_prefect import go_there


@flow(name="train-and-evaluate", flow_run_name="{recipe} on {mix}")
def train_and_evaluate(
    lake: str = "lake",
    to: str = "runs/alone",
    mix: str = "alone",
    recipe: str = "full",
    base: str | None = None,
    snapshot: str | None = None,
    seed: int | None = None,
    partner: str | None = None,
    partner_images: str | None = None,
    processes: int = 1,
    sharding: str | None = None,
    tasks: list[str] | None = None,
    files: dict[str, str] | None = None,
    held_out: bool = True,
    serve: bool | str = False,
    judge: str | None = None,
    judge_url: str | None = None,
    limit: int | None = None,
    empty_ok: bool = False,
    max_new_tokens: int = 2048,
    device: str | None = None,
    config: str | None = None,
) -> str:
    """The parameters of the flows train and evaluate. Returns the evaluation's id."""
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
