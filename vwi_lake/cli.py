"""The `vwi` command. Everything it prints is printed in cli_*.py; everything it does is done elsewhere."""

import os
import sqlite3
import sys
from typing import Annotated

import duckdb
import typer
from rich.markup import escape

from vwi_lake import (
    __version__,
    cli_dashboard,
    cli_evaluate,
    cli_export,
    cli_lake,
    cli_machine,
    cli_maintain,
    cli_pages,
    cli_run,
    cli_takedown,
    cli_train,
    cli_urls,
)
from vwi_lake.cli_console import err
from vwi_lake.errors import VwiError, redacted

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Mine question-answer pairs with images from the web into a DuckDB lakehouse.\n\n"
    "Start with `vwi demo`; it needs no key and no network.",
)
# one line per area, in the order of `vwi --help`
app.add_typer(cli_run.app)
app.add_typer(cli_lake.app)
app.add_typer(cli_export.app)
app.add_typer(cli_train.app)
app.add_typer(cli_takedown.app)
app.add_typer(cli_maintain.app)
app.add_typer(cli_pages.app)
app.add_typer(cli_urls.app)
app.add_typer(cli_dashboard.app)
app.add_typer(cli_evaluate.app)
app.add_typer(cli_machine.app)


def main() -> None:
    """Entry point: a VwiError becomes one clear line and exit code 2."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # many small matrices: threads would only wait for each other
    try:
        app()
    except VwiError as error:
        err.print(f"[red]vwi:[/red] {escape(redacted(str(error)))}", soft_wrap=True)
        sys.exit(2)
    except (duckdb.Error, sqlite3.Error, OSError) as error:
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


if __name__ == "__main__":
    main()
