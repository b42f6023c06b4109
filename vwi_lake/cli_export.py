"""`vwi export`, and `vwi diff` of what two exports would hold."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from vwi_lake import tables
from vwi_lake.cli_console import Config, LakeDir, bars, out
from vwi_lake.settings import load

app = typer.Typer()


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
