"""`vwi evaluate`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import TaskID

from vwi_lake import tables
from vwi_lake.cli_console import Config, LakeDir, bars, out, stop_when_told
from vwi_lake.errors import VwiError
from vwi_lake.settings import load

app = typer.Typer()


@app.command()
def evaluate(
    checkpoint: Annotated[
        str | None, typer.Argument(metavar="[CHECKPOINT]", help="LLaVA-OneVision weights: a folder, or a name on the hub.")
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A task of lmms-eval; may be repeated. --list shows the paper's.")
    ] = None,
    files: Annotated[
        list[str] | None, typer.Option(metavar="NAME=DIR", help="A benchmark that you have as files, such as DynaMath; may be repeated.")
    ] = None,
    held_out: Annotated[bool, typer.Option("--held-out", help="The pairs of gold.dataset that are held out.")] = False,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="An OpenAI-compatible endpoint instead; key in OPENAI_API_KEY.")
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="What the endpoint calls the model.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Serve the checkpoint with vLLM meanwhile.")] = False,
    serve_command: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="Serve it with this command; {checkpoint}, {port} and {model} are filled in.")
    ] = None,
    judge: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Grades MathVista, MathVerse and MM-Vet; key in JUDGE_API_KEY, else OPENAI_API_KEY.")
    ] = None,
    judge_url: Annotated[str | None, typer.Option(metavar="URL", help="The judge's endpoint. Default: OpenAI's.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first N documents of each task: for a try.")] = None,
    max_new_tokens: Annotated[int, typer.Option(min=1, metavar="N", help="Of a reply, for --files and --held-out.")] = 2048,
    empty_ok: Annotated[bool, typer.Option("--empty-ok", help="An empty reply is a wrong answer; else it fails the task.")] = False,
    device: Annotated[str | None, typer.Option(help="cuda | cpu. Default: what there is.")] = None,
    processes: Annotated[int, typer.Option(min=1, metavar="N", help="Copies of a checkpoint, one per GPU.")] = 1,
    list_tasks: Annotated[bool, typer.Option("--list", help="Show the paper's tasks and end.")] = False,
    lake: LakeDir = None,
    config: Config = None,
) -> None:
    """Evaluate a model with lmms-eval, in the environment of `make setup-train`. Samples and scores land in the lake.

    A dead endpoint, an empty reply or a missing sample fails the task: there is never a score for what was not measured.

    Examples:

        vwi evaluate runs/mix/checkpoint --files dynamath=dynamath/ --held-out --lake L

        vwi evaluate TIGER-Lab/MAmmoTH-VL2 --serve --task mmmu_val --task mmmu_pro_standard --lake L

        vwi evaluate --endpoint http://127.0.0.1:8000/v1 --model my-model --task mathvista_testmini --judge gpt-4o-mini --lake L

        vwi sql --lake L "from gold.eval_comparisons"
    """
    from vwi_lake.evaluation.command import Wanted, files_of, judge_of, model_under_test
    from vwi_lake.evaluation.evaluate import evaluate as run
    from vwi_lake.evaluation.serving import COMMAND
    from vwi_lake.lake import Lake
    from vwi_lake.providers.local_runner import LocalRunner
    from vwi_lake.records import BRONZE
    from vwi_lake.rules import rules_of

    if list_tasks:
        show_tasks()
        return
    stop_when_told()
    settings = load(config, lake__path=lake)
    wanted = Wanted(
        model_under_test(checkpoint, endpoint, model, device, processes),
        tasks=tuple(task or ()),
        files=files_of(dict(named(text) for text in files or [])),
        held_out=held_out,
        judge=judge_of(judge, judge_url),
        limit=limit,
        empty_ok=empty_ok,
        max_new_tokens=max_new_tokens,
        serve=serve_command or (COMMAND if serve else None),
    )
    opened = Lake.open(settings.lake, rules_of(settings), BRONZE)
    try:
        with bars() as progress:
            lines: dict[str, TaskID] = {}

            def tick(name: str, done: int, total: int) -> None:
                if name not in lines:
                    lines[name] = progress.add_task(name, total=total)
                progress.update(lines[name], completed=done, total=total)

            run_id = run(opened, wanted, LocalRunner(), Path(settings.lake.path).absolute() / "evaluations", tick)
        show_results(opened, run_id)
    finally:
        opened.close()


def named(text: str) -> tuple[str, str]:
    name, equals, folder = text.partition("=")
    if not equals or not folder:
        raise VwiError(f"--files {text}: give the task a name, as in --files dynamath=path/to/dynamath")
    return name, folder


def show_tasks() -> None:
    from vwi_lake.evaluation.tasks import PAPER

    for task in PAPER:
        out.print(f"{task.name:24} {task.title}{' (needs --judge)' if task.needs_judge else ''}")


RESULTS = """
select task, metric, round(100 * value, 2) as "%", round(100 * ci_low, 2) as low, round(100 * ci_high, 2) as high, n
from gold.eval_results where run_id = $1 and part is null
"""


def show_results(lake: object, run_id: str) -> None:
    out.print(tables.as_table(lake.query(RESULTS, [run_id])))  # type: ignore[attr-defined]
    out.print(
        f"Evaluation {escape(run_id)}; low and high: 95 % bootstrap interval. "
        "Parts of tasks: gold.eval_results; against other evaluations: gold.eval_comparisons.",
        soft_wrap=True,
    )
