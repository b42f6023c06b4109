"""Evaluate a checkpoint or an endpoint with lmms-eval. No rules here; those are in sql/gold/ and vwi_lake/evaluation/."""

from prefect import flow

from flows.model_steps import evaluate_model
from vwi_lake.evaluation.command import Wanted, files_of, judge_of, model_under_test
from vwi_lake.evaluation.serving import COMMAND
from vwi_lake.local_prefect import go_there
from vwi_lake.settings import load


@flow(name="evaluate", flow_run_name="evaluate {checkpoint}")
def evaluate(
    lake: str = "lake",
    checkpoint: str | None = None,
    endpoint: str | None = None,
    model: str | None = None,
    tasks: list[str] | None = None,
    files: dict[str, str] | None = None,
    held_out: bool = False,
    serve: bool | str = False,
    judge: str | None = None,
    judge_url: str | None = None,
    limit: int | None = None,
    empty_ok: bool = False,
    max_new_tokens: int = 2048,
    device: str | None = None,
    processes: int = 1,
    training_run_id: str | None = None,
    config: str | None = None,
) -> str:
    """The same parameters as `vwi evaluate`; `serve` is true for vLLM, or a command. Returns the evaluation's id."""
    go_there()
    wanted = Wanted(
        model_under_test(checkpoint, endpoint, model, device, processes),
        tasks=tuple(tasks or ()),
        files=files_of(files or {}),
        held_out=held_out,
        judge=judge_of(judge, judge_url),
        limit=limit,
        empty_ok=empty_ok,
        max_new_tokens=max_new_tokens,
        serve=COMMAND if serve is True else serve or None,
        training_run_id=training_run_id,
    )
    return evaluate_model(load(config, lake__path=lake), wanted, checkpoint or model or "")
