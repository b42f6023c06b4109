"""`vwi dashboard`."""

import typer

from vwi_lake.errors import VwiError

app = typer.Typer()


@app.command()
def dashboard() -> None:
    """The lake as a web page: comes with the dashboard milestone."""
    raise VwiError("`vwi dashboard` comes with the dashboard milestone; until then: `vwi yields`, `vwi sql` and `vwi trace`")
