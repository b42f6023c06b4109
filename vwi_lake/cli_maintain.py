"""`vwi maintain`, `vwi backup`, `vwi restore`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from vwi_lake.cli_console import Config, LakeDir, bars, out
from vwi_lake.settings import load

app = typer.Typer()


@app.command()
def maintain(
    keep_days: Annotated[float, typer.Option(min=0, help="Snapshots younger than this stay, whoever names them.")] = 7.0,
    delete_orphans: Annotated[bool, typer.Option("--delete-orphans", help="Delete blobs that no row names; else they are listed.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Instead: hash every blob, and hold every table against its SQL.")] = False,
    lake: LakeDir = None,
    config: Config = None,
) -> None:
    """Merge small files, expire old snapshots, find blobs that no row names. Runs may go on meanwhile.

    Snapshots of completed runs stay, and those that exports and trainings name.

    Examples:

        vwi maintain --lake L

        vwi maintain --lake L --verify
    """
    from vwi_lake.lake import Lake
    from vwi_lake.maintenance import maintain as carry_out
    from vwi_lake.rules import rules_of

    settings = load(config, lake__path=lake)
    Lake.read(settings.lake).close()  # there must be one
    opened = Lake.open(settings.lake, rules_of(settings), [])
    try:
        if verify:
            show_verified(opened)
            return
        done = carry_out(opened, settings.lake, keep_days, delete_orphans)
    finally:
        opened.close()
    out.print(f"files      {done.merged} merged anew, {done.deleted} deleted that nothing reads any more")
    out.print(f"snapshots  {done.expired} expired, {done.kept} kept")
    told = "deleted" if delete_orphans else "listed only; --delete-orphans deletes them" if done.orphans else "none"
    out.print(f"orphans    {len(done.orphans)} blobs: {told}")
    for sha in done.orphans[:20]:
        out.print(f"           {sha}")


def show_verified(opened: object) -> None:
    from vwi_lake.lake import Lake
    from vwi_lake.maintenance import verify

    assert isinstance(opened, Lake)
    with bars() as progress:
        bar = progress.add_task("blobs", total=None)
        found = verify(opened, lambda n: progress.advance(bar, n))
    out.print(f"blobs      {found.blobs}: {len(found.missing)} missing, {len(found.damaged)} damaged")
    for sha in (*found.missing, *found.damaged):
        out.print(f"           {sha}")
    out.print("tables     " + (", ".join(f"{name}: {n} rows differ" for name, n in found.unlike.items()) or "each is what its SQL says"))
    raise typer.Exit(0 if found.is_whole else 1)


@app.command()
def backup(to: Annotated[Path, typer.Option("--to", metavar="DIR")], lake: LakeDir = None, config: Config = None) -> None:
    """Copy a lake (catalog, replies, tables, blobs) to a folder; once more to the same folder copies only what is new.

    Example:

        vwi backup --lake L --to /backups/L
    """
    from vwi_lake.backup import backup as carry_out

    done = carry_out(load(config, lake__path=lake).lake, to)
    out.print(f"snapshot {done.snapshot} in {escape(str(to))}: {done.files} files copied, {done.known} known", soft_wrap=True)


@app.command()
def restore(
    source: Annotated[Path, typer.Option("--from", metavar="DIR", help="What `vwi backup --to` wrote.")],
    lake: LakeDir = None,
    config: Config = None,
) -> None:
    """Make a lake from a backup, in a place that has none: a folder, or an empty database and bucket.

    Example:

        vwi restore --from /backups/L --lake L2
    """
    from vwi_lake.backup import restore as carry_out

    settings = load(config, lake__path=lake).lake
    done = carry_out(settings, source)
    out.print(f"restored as of snapshot {done.snapshot}: {done.files} files copied, {done.known} were there", soft_wrap=True)
