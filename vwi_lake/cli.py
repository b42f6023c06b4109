"""The `vwi` command. Everything it prints is printed here; everything it does is done elsewhere."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from vwi_lake import __version__, cli_urls, tables
from vwi_lake.errors import VwiError, redacted
from vwi_lake.settings import LakeSettings, Settings, load

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Mine question-answer pairs with images from the web into a DuckDB lakehouse.\n\n"
    "Start with `vwi demo`; it needs no key and no network.",
)
app.add_typer(cli_urls.app)
# a terminal knows its width; in a file or a log, tables may be as wide as they are readable
out = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
err = Console(stderr=True, highlight=False)

LakeDir = Annotated[str | None, typer.Option("--lake", metavar="DIR", help="The lake's folder. Default: `lake`, or what vwi.toml says.")]
Config = Annotated[str | None, typer.Option("--config", metavar="FILE", help="Settings. Default: ./vwi.toml where there is one.")]
OutputFormat = Annotated[str, typer.Option("--format", help="table | json | jsonl | csv")]


def main() -> None:
    """Entry point: a VwiError becomes one clear line and exit code 2."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # many small matrices: threads would only wait for each other
    try:
        app()
    except VwiError as error:
        err.print(f"[red]vwi:[/red] {escape(redacted(str(error)))}", soft_wrap=True)
        sys.exit(2)
    except (duckdb.Error, OSError) as error:
        if isinstance(error, BrokenPipeError):  # `vwi sql … | head`
            sys.stderr.close()
            sys.exit(141)
        err.print(f"[red]vwi:[/red] {escape(redacted(told(error)))}", soft_wrap=True)
        sys.exit(2)
    except RuntimeError as error:
        if "interrupted" not in str(error):  # how DuckDB says that Ctrl-C came while it worked
            raise
        sys.exit(130)
    except KeyboardInterrupt:
        err.print("stopped; what was answered is in the lake, and the same command goes on from there")
        sys.exit(130)


def told(error: Exception) -> str:
    """What the system or the lake said, in two lines, with what to look at."""
    words = " ".join(str(error).splitlines()[:2])
    return f"{words}. Is the lake whole (a run goes on where it stopped), the disk not full, and may this user read and write there?"


@app.callback(invoke_without_command=True)
def version(show: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if show:
        print(f"vwi_lake {__version__}")
        raise typer.Exit


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
    shown = escape(f" --lake {settings.lake.path}") if settings.lake.path != "lake" else ""
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


@contextmanager
def bars() -> Iterator[Progress]:
    """Progress bars on a terminal; elsewhere nothing but the lines that show_stage prints."""
    columns = (TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out, disable=not out.is_terminal) as progress:
        yield progress


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


@app.command()
def rebuild(lake: LakeDir = None, config: Config = None) -> None:
    """Rebuild silver and gold from the answers in bronze: after you changed a rule in sql/. Asks nothing.

    Example:

        vwi rebuild --lake L && vwi yields --lake L
    """
    from vwi_lake.lake import Lake
    from vwi_lake.rules import rules_of

    settings = load(config, lake__path=lake)
    Lake.read(settings.lake).close()  # there must be one
    opened = Lake.open(settings.lake, rules_of(settings), [])
    built = opened.rebuild()
    out.print(f"rebuilt {len(built)} tables")
    out.print(tables.funnel(opened.yields()))
    opened.close()


@app.command()
def yields(lake: LakeDir = None, config: Config = None, form: OutputFormat = "table") -> None:
    """What each stage kept, and why the rest was dropped."""
    frame = ask_lake(lake, config, "select * from gold.stage_yields")
    if form == "table":
        out.print(tables.funnel(frame))
    else:
        tables.write(frame, format_of(form), out)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SQL statement; schemas are bronze, silver, rejects, verdicts and gold.")],
    lake: LakeDir = None,
    config: Config = None,
    form: OutputFormat = "table",
    at: Annotated[str | None, typer.Option(metavar="SNAPSHOT", help="As of a snapshot: its number or a run's id.")] = None,
) -> None:
    """Ask the lake anything (read only), also while a run writes.

    Examples:

        vwi sql "select rejected_because, count(*) from verdicts.urls group by all"

        vwi sql --format jsonl "select * from gold.dataset" > pairs.jsonl
    """
    tables.write(ask_lake(lake, config, query, at), format_of(form), out)


def ask_lake(lake: str | None, config: str | None, query: str, at: str | None = None) -> Any:
    from vwi_lake.lake import Lake

    if not query.strip(" ;\n"):
        raise VwiError('an empty query: try vwi sql "select * from gold.stage_yields"')
    opened = Lake.read(load(config, lake__path=lake).lake, at)
    try:
        return opened.query(query)
    except duckdb.Error as error:
        raise VwiError(f"the lake says: {error}") from None
    finally:
        opened.close()


def format_of(name: str) -> tables.Format:
    if name not in ("table", "json", "jsonl", "csv"):
        raise VwiError(f"--format {name} is not known: it is one of table, json, jsonl, csv")
    return name  # type: ignore[return-value]


@app.command()
def check(lake: LakeDir = None, config: Config = None) -> None:
    """Run the checks of sql/checks on the lake: failures first, then warnings, with their first rows."""
    from vwi_lake.lake import Lake
    from vwi_lake.rules import rules_of

    settings = load(config, lake__path=lake)
    opened = Lake.read(settings.lake, rules=rules_of(settings))
    failed = opened.check("fail")
    for kind, found in (("fail", failed), ("warn", opened.check("warn"))):
        for name, n in found.items():
            out.print(f"[bold]{kind}[/bold] {name}: {n} rows")
            tables.write(opened.query(f"select * from ({opened.rules.checks(kind)[name]}) limit 10"), "table", out)
    out.print("all checks passed" if not failed else "")
    raise typer.Exit(1 if failed else 0)


@app.command()
def trace(qa_id: Annotated[str, typer.Argument(help="From gold.dataset.")], lake: LakeDir = None, config: Config = None) -> None:
    """Where a pair comes from: seed, search hit, page, place on the page, images, calls, votes."""
    from vwi_lake.lake import Lake

    opened = Lake.read(load(config, lake__path=lake).lake)
    found = opened.query("select * from gold.lineage where qa_id = $1", [qa_id]).to_dicts()
    opened.close()
    if not found:
        raise VwiError(f'no pair {qa_id!r} in gold.dataset: vwi sql "select qa_id from gold.dataset" lists them')
    for name, value in found[0].items():
        for i, item in enumerate(value if isinstance(value, list) else [value]):
            out.print(f"{name if i == 0 else '':16} {escape(tables.cell(item, 400))}", soft_wrap=True)


@app.command()
def tree(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="A saved page; a URL is looked up in --web.")],
    url: Annotated[str | None, typer.Option(help="The page's own URL, for relative links. Default: the file's.")] = None,
    select: Annotated[str | None, typer.Option(metavar="CSS", help="Role and name of what a selector matches.")] = None,
    web: Annotated[list[str] | None, typer.Option(metavar="DIR|WARC|WACZ", help="Saved sites to look the URL up in.")] = None,
    form: Annotated[str, typer.Option("--format", help="text | json")] = "text",
    config: Config = None,
) -> None:
    """How a page is read: its document, with images by number."""
    import json

    from vwi_lake.web.charset import decode
    from vwi_lake.web.trees import build_tree, describe

    body, page_url = read_page(source, url, load(config, web=tuple(web or ())))
    html = decode(body, None)
    if select:
        for found in describe(html, select):
            out.print(f"{found.role:16} {escape(found.name or '')}")
        return
    built = build_tree(html, page_url)
    if form == "json":
        images = [{"number": i, "url": m.url, "alt": m.alt} for i, m in enumerate(built.images, start=1)]
        print(
            json.dumps(
                {"url": page_url, "title": built.title, "document": built.document(), "images": images}, ensure_ascii=False, indent=1
            )
        )
    else:
        print(built.document())


def read_page(source: str, url: str | None, settings: Settings) -> tuple[bytes, str]:
    """The bytes of a page on disk, or of a URL in the saved sites."""
    from vwi_lake.providers.make import with_demo
    from vwi_lake.providers.saved import SavedWeb

    if "://" not in source:
        try:
            return Path(source).read_bytes(), url or Path(source).absolute().as_uri().replace("file://", "http://localhost")
        except OSError as error:
            raise VwiError(f"cannot read {source}: {error.strerror or error}") from None
    settings = with_demo(settings)
    if not settings.web:
        raise VwiError(f"{source} is looked up in saved sites: name them with --web (reading live pages comes with the fetch milestone)")
    got = SavedWeb([Path(p) for p in settings.web]).read(source)
    if got.body is None:
        raise VwiError(f"{source} is not in {', '.join(settings.web)}: {got.error}")
    return got.body, url or source


@app.command()
def export(
    to: Annotated[str, typer.Option("--to", metavar="DIR", help="Where to write.")],
    form: Annotated[str, typer.Option("--format", help="llava | parquet | webdataset | qa; warc: what was fetched")] = "llava",
    at: Annotated[str | None, typer.Option(metavar="SNAPSHOT", help="A snapshot's number or a run's id. Default: now.")] = None,
    lake: LakeDir = None,
    config: Config = None,
) -> None:
    """Write the data set as files that training code reads. The same snapshot gives the same bytes; a stopped export goes on.

    Examples:

        vwi export --lake L --to export --format llava

        vwi export --lake L --to hub --format parquet        # load_dataset("hub")

        vwi export --lake L --to archive --format warc       # vwi run --web archive
    """
    from vwi_lake.export.formats import export as write

    with bars() as progress:
        bar = progress.add_task(f"export {form}", total=None)
        done = write(load(config, lake__path=lake).lake, form, Path(to), at, lambda n: progress.advance(bar, n))
    out.print(escape(str(done)), soft_wrap=True)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A snapshot's number or a run's id.")],
    after: Annotated[str | None, typer.Argument(help="Likewise. Default: now.")] = None,
    lake: LakeDir = None,
    config: Config = None,
) -> None:
    """What changed between two snapshots: yields that differ, pairs gained and lost, and why they were lost.

    Example:

        vwi diff 20261122-162042-bc9a54 --lake L
    """
    from vwi_lake.compare import compare

    found = compare(load(config, lake__path=lake).lake, before, after)
    out.print(tables.as_table(found.yields))
    out.print(f"{found.gained} pairs gained, {found.lost['pairs'].sum()} lost, {found.changed} with another answer")
    if found.lost.height:
        out.print(tables.as_table(found.lost))


@app.command()
def forget(
    domain: Annotated[str | None, typer.Option(metavar="DOMAIN", help="With all its subdomains.")] = None,
    page: Annotated[str | None, typer.Option(metavar="URL")] = None,
    image: Annotated[str | None, typer.Option(metavar="SHA256", help="As gold.dataset lists it.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    lake: LakeDir = None,
    config: Config = None,
) -> None:
    """Take a domain, page or image out of tables, snapshots, blobs and later exports, and keep it out of later runs.

    Older snapshots go, since they hold it. Exports made before are yours to make anew.

    Examples:

        vwi forget --lake L --domain example.org --dry-run

        vwi forget --lake L --image 3b1f… --yes
    """
    from vwi_lake.lake import Lake
    from vwi_lake.run import Run
    from vwi_lake.takedown import Takedown, find
    from vwi_lake.takedown import forget as carry_out

    wanted, settings = Takedown.of(domain, page, image), load(config, lake__path=lake).model_copy(update={"web": (), "seeds": None})
    Lake.read(settings.lake).close()  # a mistyped name makes no new lake
    with Run(settings) as going:
        counts = find(going.lake, wanted)
        for name, n in counts.items():
            out.print(f"{name:28} {n:>8}")
        if not counts:
            out.print("nothing of it is in the lake; it will be kept out from now on")
        if dry_run:
            return
        if not yes and not typer.confirm(f"Forget this {wanted.kind} for good?"):
            raise typer.Abort
        done = carry_out(going.lake, wanted, going.run_id, Path(settings.lake.path))
    out.print(f"Forgotten, with {done['blobs']} blobs and all older snapshots. Next: vwi export again, where it was exported.")


@app.command()
def dashboard() -> None:
    """The lake as a web page: comes with the dashboard milestone."""
    raise VwiError("`vwi dashboard` comes with the dashboard milestone; until then: `vwi yields`, `vwi sql` and `vwi trace`")


@app.command()
def up(port: Annotated[int | None, typer.Option(help="Of the Prefect server. Default: 4200, or a free one.")] = None) -> None:
    """Start a Prefect server, a process work pool, the deployments and a worker on this machine (loopback only).

    Does nothing that is done already. Afterwards, from the same folder:

        prefect deployment run 'build-dataset/local' --watch
    """
    from vwi_lake import local_prefect

    with err.status("starting") as status:
        place = local_prefect.up(port, status.update)
    out.print(f"Prefect is up: {place.ui}   [dim](logs: {escape(str(place.folder))})[/dim]", soft_wrap=True)
    out.print("Next, from this folder: prefect deployment run 'build-dataset/local' --watch   ·   stop with: vwi down")
    if place.elsewhere:
        out.print(f"[yellow]note[/yellow]  {escape(place.elsewhere)}", soft_wrap=True)


@app.command()
def down() -> None:
    """Stop just what `vwi up` started from this folder."""
    from vwi_lake import local_prefect

    stopped = local_prefect.down()
    out.print(f"stopped {', '.join(stopped)}" if stopped else "nothing was running here")


@app.command()
def doctor(lake: LakeDir = None, config: Config = None) -> None:
    """What is configured, what is missing, and what to do about it."""
    from vwi_lake.doctor import examine

    findings = examine(load(config, lake__path=lake))
    for finding in findings:
        mark = {"ok": "[green]ok     [/green]", "missing": "[yellow]missing[/yellow]", "broken": "[red]broken [/red]"}[finding.state]
        out.print(f"{mark}  {finding.name:18} {escape(finding.told)}", soft_wrap=True)
    raise typer.Exit(1 if any(f.state == "broken" for f in findings) else 0)


if __name__ == "__main__":
    main()
