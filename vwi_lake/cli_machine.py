"""Commands about this machine: Prefect up and down, and what is configured."""

from typing import Annotated

import typer
from rich.markup import escape

from vwi_lake.cli_console import Config, LakeDir, err, out
from vwi_lake.settings import load

app = typer.Typer()


@app.command()
def up(
    port: Annotated[int | None, typer.Option(help="Of the Prefect server. Default: 4200, or a free one.")] = None, config: Config = None
) -> None:
    """Start a Prefect server, a process work pool, the deployments and a worker on this machine (loopback only).

    Does nothing that is done already, but brings limits, automations and deployments up to date. Afterwards, from the same folder:

        prefect deployment run 'build-dataset/local' --watch
    """
    from vwi_lake import local_prefect

    with err.status("starting") as status:
        place = local_prefect.up(port, load(config).prefect.limits, status.update)
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
