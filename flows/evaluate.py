"""Evaluate a checkpoint or an endpoint with lmms-eval. No rules here; those are in sql/gold/ and vwi_lake/evaluation/."""

from prefect import flow

from flows.model_steps import evaluate_model
from flows.parameters import Name, Positive, described
from vwi_lake.evaluation.command import Wanted, files_of, judge_of, model_under_test
from vwi_lake.evaluation.serving import COMMAND
from vwi_lake.local_prefect import go_there
from vwi_lake.settings import load


@flow(name="evaluate", flow_run_name="evaluate {checkpoint}")
@described
def evaluate(
    lake: Name = "lake",
    checkpoint: Name | None = None,
    endpoint: Name | None = None,
    model: Name | None = None,
    tasks: list[Name] | None = None,
    files: dict[Name, Name] | None = None,
    held_out: bool = False,
    serve: bool | Name = False,
    judge: Name | None = None,
    judge_url: Name | None = None,
    limit: Positive | None = None,
    empty_ok: bool = False,
    max_new_tokens: Positive = 2048,
    device: Name | None = None,
    processes: Positive = 1,
    training_run_id: Name | None = None,
    config: Name | None = None,
) -> str:
    """As `vwi evaluate`. Returns the evaluation's id."""
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
