"""`vwi export`, and `vwi diff` of what two exports would hold."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from vwi_lake import tables
from vwi_lake.cli_console import Config, LakeDir, bars, out
from vwi_lake.errors import VwiError
from vwi_lake.settings import load

app = typer.Typer()


@app.command()
def export(
    to: Annotated[str, typer.Option("--to", metavar="DIR", help="Where to write.")],
    form: Annotated[str, typer.Option("--format", help="llava | parquet | webdataset | qa; warc: what was fetched")] = "llava",
    mix: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A mix to train on: alone | mixed_9_1 | unrefined | text_only | visual_only | web_only."),
    ] = None,
    with_file: Annotated[
        Path | None,
        typer.Option(
            "--with", metavar="FILE", help="Of mixed_9_1: the other set, JSON or JSONL in LLaVA's format, or a YAML list of such."
        ),
    ] = None,
    with_images: Annotated[
        Path | None, typer.Option("--with-images", metavar="DIR", help="Where its images lie. Default: beside its file.")
    ] = None,
    sample: Annotated[
        str | None, typer.Option(metavar="RULE", help="Of a mix: all | first:N | end:N | random:N of our pairs; N may be a percentage.")
    ] = None,
    push: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER/NAME", help="Also make it a data set on the Hugging Face Hub (Parquet); the token is read from HF_TOKEN."
        ),
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="With --push: for everybody to see, where the data set is new.")] = False,
    seed: Annotated[int, typer.Option(help="What is drawn at random is drawn alike for one seed.")] = 0,
    at: Annotated[str | None, typer.Option(metavar="SNAPSHOT", help="A snapshot's number or a run's id. Default: now.")] = None,
    lake: LakeDir = None,
    config: Config = None,
) -> None:
    """Write the data set as files that training code reads. The same snapshot gives the same bytes; a stopped export goes on.

    Examples:

        vwi export --lake L --to export --format llava

        vwi export --lake L --to hub --format parquet        # load_dataset("hub")

        vwi export --lake L --to hub --format parquet --push me/pairs

        vwi export --lake L --to archive --format warc       # vwi run --web archive

        vwi export --lake L --to mix --mix mixed_9_1 --with cot/train.jsonl --with-images cot/images --seed 1

        vwi export --lake L --to tenth --mix visual_only --sample random:10%
    """
    from vwi_lake.export import hub
    from vwi_lake.export.formats import export as write
    from vwi_lake.export.mix import Mix

    if mix is None and (with_file or with_images or sample):
        raise VwiError("--with, --with-images and --sample are of a mix: name it with --mix")
    if mix and form != "llava":
        raise VwiError(f"a mix is for training, in LLaVA's format: --format llava --mix {mix}")
    if push and form != "parquet":
        raise VwiError("the Hub shows and loads Parquet: --format parquet --push OWNER/NAME")
    if push:
        hub.ready(push)
    wanted = Mix(mix, seed, sample or "all", with_file, with_images) if mix else form
    with bars() as progress:
        bar = progress.add_task(f"export {mix or form}", total=None)
        done = write(load(config, lake__path=lake).lake, wanted, Path(to), at, lambda n: progress.advance(bar, n))
    out.print(escape(str(done)), soft_wrap=True)
    if done.hint:
        out.print(escape(done.hint), soft_wrap=True)
    if push:
        with out.status(f"pushing to {escape(push)}"):
            address = hub.push(Path(to), push, not public, str(done).partition(" in ")[0])
        out.print(f"pushed to {escape(address)}", soft_wrap=True)


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
