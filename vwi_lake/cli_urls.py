"""`vwi urls`: what the URL rules do to an address."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from vwi_lake.cli_console import Config, out
from vwi_lake.settings import Settings, load

app = typer.Typer(name="urls", no_args_is_help=True, help="What the URL rules do, and why.")


@app.callback()
def urls() -> None:
    """What the URL rules do, and why."""


@app.command()
def explain(
    url: Annotated[str, typer.Argument(metavar="URL")],
    lake: Annotated[str | None, typer.Option("--lake", metavar="DIR", help="Also say what this lake knows of it.")] = None,
    config: Config = None,
) -> None:
    """What would happen to a URL, step by step, and why.

    Example:

        vwi urls explain "https://m.example.org/Unit-1?utm_source=x" --lake L
    """
    show(url, load(config, lake__path=lake), lake is not None)


def show(url: str, settings: Settings, with_lake: bool) -> None:
    """Print the steps; a lake that is not named takes part where there is one."""
    from vwi_lake.explain import explain as steps_of
    from vwi_lake.lake import Lake
    from vwi_lake.rules import Rules

    there = with_lake or settings.lake.catalog is not None or (Path(settings.lake.path) / "catalog.sqlite").is_file()
    opened = Lake.read(settings.lake) if there else None
    try:
        for step in steps_of(url, Rules(Path(settings.sql) if settings.sql else None), opened):
            colour = "red" if step.stops else "green" if step.name == "verdict" else "default"
            out.print(f"{step.name:<20}[{colour}]{escape(step.says)}[/{colour}]", soft_wrap=True)
    finally:
        if opened:
            opened.close()
