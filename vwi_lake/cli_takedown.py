"""`vwi forget`."""

from pathlib import Path
from typing import Annotated

import typer

from vwi_lake.cli_console import Config, LakeDir, out
from vwi_lake.settings import load

app = typer.Typer()


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
