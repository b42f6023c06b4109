"""`vwi dashboard`: the lake as a web page, live or as one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from vwi_lake.cli_console import Config, LakeDir, out
from vwi_lake.errors import VwiError
from vwi_lake.settings import load

if TYPE_CHECKING:
    from vwi_lake.dashboard.board import Board

app = typer.Typer()


@app.command()
def dashboard(
    serve: Annotated[bool, typer.Option("--serve", help="Show it live on this machine, until Ctrl-C. The default.")] = False,
    to: Annotated[str | None, typer.Option("--out", metavar="FILE.html", help="Write it to one file that needs nothing else.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: 8642, or a free one.")] = None,
    pairs: Annotated[int, typer.Option(min=0, max=20_000, help="With --out: pairs that are written with it, drawn at random.")] = 200,
    browse: Annotated[bool, typer.Option("--open/--no-open", help="Open it in a browser.")] = False,
    lake: LakeDir = None,
    config: Config = None,
) -> None:
    """The lake as a web page: funnel, rejected rows, cost, votes, trainings, and every pair with its source and trace.

    Reads only; runs may write meanwhile, and the page follows. It listens on 127.0.0.1 alone.

    Examples:

        vwi dashboard --lake L

        vwi dashboard --lake L --out report.html --pairs 500
    """
    from vwi_lake.dashboard.board import Board

    if serve and to:
        raise VwiError("--serve and --out are two ways to show a lake: give one")
    board = Board.open(load(config, lake__path=lake))
    try:
        write_file(board, Path(to), pairs) if to else show(board, port, browse)
    finally:
        board.close()


def write_file(board: "Board", path: Path, pairs: int) -> None:
    from vwi_lake.dashboard.onefile import write

    written = write(board, path, pairs)
    out.print(f"{escape(str(path))}: {written} pairs, {path.stat().st_size / 1e6:.1f} MB", soft_wrap=True)


def show(board: "Board", port: int | None, browse: bool) -> None:
    import webbrowser

    from vwi_lake.dashboard.server import listen, serve

    listening = listen(port)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    out.print(f"{url}   [dim](read only, this machine alone; stop with Ctrl-C)[/dim]", soft_wrap=True)
    if browse:
        webbrowser.open(url)
    serve(board, listening)
