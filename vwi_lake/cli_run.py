"""`vwi run` and `vwi demo`: the pipeline with a progress bar per stage."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import Progress

from vwi_lake import tables
from vwi_lake.cli_console import Config, LakeDir, bars, out
from vwi_lake.settings import LakeSettings, Settings, load

app = typer.Typer()


@app.command()
def run(
    lake: LakeDir = None,
    seeds: Annotated[str | None, typer.Option(metavar="DIR|FILE", help="Seed images: a folder or one image.")] = None,
    web: Annotated[
        list[str] | None, typer.Option(metavar="DIR|WARC|WACZ", help="Saved sites instead of the live web; may be repeated.")
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(
            help="Who answers a seed: local (default with --web) | all (no seeds: every page) | serpapi | google_vision | serper."
        ),
    ] = None,
    config: Config = None,
    only: Annotated[list[str] | None, typer.Option(metavar="STAGE", help="Run only this stage; may be repeated.")] = None,
    until: Annotated[str | None, typer.Option(metavar="STAGE", help="Stop after this stage.")] = None,
    rounds: Annotated[
        int | None,
        typer.Option(metavar="N", help="Rounds of search: from the second on, images of kept pairs are seeds. Default: 1."),
    ] = None,
    benchmarks: Annotated[
        list[str] | None,
        typer.Option(metavar="DIR|FILE", help="An evaluation set that the data must not give away; may be repeated."),
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Ask nothing: say what the model calls still to make would cost, by those made before.")
    ] = False,
    retry: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ERROR|SQL",
            help="Ask only those pages and images again whose newest answer has this error class, or meets this SQL condition "
            "on bronze.page_fetches or image_fetches; may be repeated.",
        ),
    ] = None,
) -> None:
    """Run the pipeline: ask what was never asked, then rebuild what follows from the answers.

    Stop it as you like; the same command goes on from where it was and asks nothing twice.

    Examples:

        vwi run --web saved/ --seeds images/ --lake L

        vwi run --web crawl.wacz --search all --lake L

        vwi run --web saved/ --seeds images/ --lake L --rounds 2

        vwi run --lake L --only extract_qa

        vwi run --lake L --retry timeout --retry "status in (500, 503)"
    """
    if estimate:
        from vwi_lake.estimate import estimate as costs_of

        out.print(tables.as_table(costs_of(load(config, lake__path=lake))))
        return
    given = {"web": tuple(web or ()), "benchmarks": tuple(benchmarks or ())}
    settings = load(config, lake__path=lake, seeds=seeds, search__provider=search, search__rounds=rounds, **given)
    execute(settings, only or [], until, retry or [])
    shown = escape("".join(f" {name} {shlex.quote(value)}" for name, value in (("--config", config), ("--lake", lake)) if value))
    out.print(
        f'\nNext: vwi sql{shown} "select question, answer from gold.dataset limit 5"   ·   vwi export{shown} --to export', soft_wrap=True
    )


def execute(settings: Settings, only: list[str], until: str | None, retry: Sequence[str] = ()) -> None:
    """One run with a progress bar per stage, then the yields, what was left out, and why it stopped."""
    from vwi_lake.run import Run, choose

    several = settings.search.rounds > 1
    with Run(settings, choose(only, until), retry=retry) as going:
        for number, stages in going.rounds():
            if several:
                out.print(f"[bold]Round {number} of {settings.search.rounds}[/bold]")
            with bars() as progress:
                for stage in stages:
                    show_stage(going, stage, progress)
        yields = going.finish()
        by_round = going.round_yields() if several else None
        warnings = going.lake.check("warn")
        stopped = going.world.llm.stopped if going.world.llm else None
    out.print(tables.funnel(yields))
    if by_round is not None:
        out.print(tables.rounds(by_round))
    for reason, names in left_out(going.asked).items():
        out.print(f"[yellow]left out[/yellow]  {', '.join(names)}: {escape(reason)}", soft_wrap=True)
    if stopped:
        out.print(f"[yellow]stopped[/yellow]   {escape(stopped)}", soft_wrap=True)
    for name, n in warnings.items():
        out.print(f"[yellow]warning[/yellow]   {name}: {n} rows; vwi check --lake {escape(settings.lake.path)} shows them", soft_wrap=True)
    for problem in going.problems:
        out.print(f"[yellow]warning[/yellow]   {escape(problem)}", soft_wrap=True)


def left_out(asked: list[Any]) -> dict[str, list[str]]:
    """Reason → the stages that could not ask because of it."""
    reasons: dict[str, list[str]] = {}
    for stage in asked:
        if stage.left_out and stage.stage not in reasons.setdefault(stage.left_out, []):
            reasons[stage.left_out].append(stage.stage)
    return reasons


def show_stage(going: Any, stage: Any, progress: Progress) -> None:
    """Ask one stage's batches while its bar moves."""
    bar = progress.add_task(stage.name, total=None)
    started = False
    for rows in going.pending(stage):
        if not started:
            progress.update(bar, total=going.asked[-1].rows)
            started = True
        going.ask(stage, rows, lambda: progress.advance(bar))
    progress.update(bar, total=going.asked[-1].rows or 1, completed=going.asked[-1].rows or 1, description=stage_line(going.asked[-1]))
    if not progress.console.is_terminal:
        out.print(f"{stage.name:16} {going.asked[-1].rows:>7} asked", markup=False)


def stage_line(asked: Any) -> str:
    return (
        f"{asked.stage} [dim](left out)[/dim]"
        if asked.left_out
        else asked.stage
        if asked.rows
        else f"{asked.stage} [dim](nothing new)[/dim]"
    )


@app.command()
def demo(
    lake: Annotated[str, typer.Option("--lake", metavar="DIR", help="Where the demo's lake goes.")] = "lake-demo",
    to: Annotated[str, typer.Option("--to", metavar="DIR", help="Where its export goes.")] = "export-demo",
) -> None:
    """Mine the small web that ships with the package, from seed images to an exported data set. No key, no network."""
    from vwi_lake.export.llava import export_llava
    from vwi_lake.lake import Lake

    settings = Settings(lake=LakeSettings(path=lake), web=("demo",), seeds="demo")
    execute(settings, [], None)
    reader = Lake.read(settings.lake)
    for pair in reader.query(SHOWN_PAIRS).iter_rows(named=True):
        show_pair(pair)
    exported = export_llava(reader, Path(to))
    reader.close()
    out.print(
        f"\nExported {exported.pairs} pairs and {exported.images} images to [bold]{escape(str(exported.folder))}[/bold] (LLaVA format)."
    )
    out.print(
        f'Next: vwi sql --lake {escape(lake)} "select subject, count(*) as pairs from gold.dataset group by all order by pairs desc"',
        soft_wrap=True,
    )


# Three pairs of different subjects, those with images first.
SHOWN_PAIRS = """
select * from gold.dataset
qualify row_number() over (partition by subject order by is_visual desc, length(question), qa_id) = 1
order by is_visual desc, qa_id limit 3
"""


def show_pair(pair: dict[str, Any]) -> None:
    images = f"   ({len(pair['images'])} image{'s' * (len(pair['images']) != 1)})" if pair["images"] else ""
    out.print(f"\n[bold]{escape(pair['subject'])}[/bold]{images}   [dim]{escape(pair['page_url'])}[/dim]")
    out.print(f"  Q  {escape(tables.cell(pair['question'], 300))}")
    out.print(f"  A  {escape(tables.cell(pair['answer'], 300))}   [dim]({pair['answer_source']})[/dim]")
