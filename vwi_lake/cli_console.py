"""What several commands share: the consoles, progress bars, options."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

# a terminal knows its width; in a file or a log, tables may be as wide as they are readable
out = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
err = Console(stderr=True, highlight=False)

LakeDir = Annotated[str | None, typer.Option("--lake", metavar="DIR", help="The lake's folder. Default: `lake`, or what vwi.toml says.")]
Config = Annotated[str | None, typer.Option("--config", metavar="FILE", help="Settings. Default: ./vwi.toml where there is one.")]
OutputFormat = Annotated[str, typer.Option("--format", help="table | json | jsonl | csv")]


def stop_when_told() -> None:
    """SIGTERM ends a command as Ctrl-C does: what it started is stopped, and rows say so. A batch system gives that much notice."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


@contextmanager
def bars() -> Iterator[Progress]:
    """Progress bars on a terminal; elsewhere nothing but the lines that show_stage prints."""
    columns = (TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out, disable=not out.is_terminal) as progress:
        yield progress
