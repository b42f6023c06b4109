"""Maintain a lake: merge, expire, clean, back up, verify. Put it on a schedule; runs may go on meanwhile."""

from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from flows.parameters import Name, described
from vwi_lake.backup import backup
from vwi_lake.lake import Lake
from vwi_lake.local_prefect import go_there
from vwi_lake.maintenance import Done, Found, maintain, verify
from vwi_lake.rules import rules_of
from vwi_lake.settings import Settings, load


@task(cache_policy=NO_CACHE, persist_result=False)
def tidy(settings: Settings, keep_days: float, delete_orphans: bool) -> Done:
    lake = Lake.open(settings.lake, rules_of(settings), [])
    try:
        return maintain(lake, settings.lake, keep_days, delete_orphans)
    finally:
        lake.close()


@task(cache_policy=NO_CACHE, persist_result=False)
def look_over(settings: Settings) -> Found:
    lake = Lake.read(settings.lake, rules=rules_of(settings))
    try:
        return verify(lake)
    finally:
        lake.close()


@flow(name="maintain", flow_run_name="maintain {lake}")
@described
def maintain_lake(
    lake: Name = "lake",
    keep_days: float = 7.0,
    delete_orphans: bool = False,
    back_up_to: Name | None = None,
    check: bool = True,
    config: Name | None = None,
) -> None:
    """As `vwi maintain`, then `vwi backup` where a folder is named, then `vwi maintain --verify`; fails where something is damaged."""
    go_there()
    settings = load(config, lake__path=lake)
    done = tidy(settings, keep_days, delete_orphans)
    lines = [f"- {done.merged} files merged anew, {done.deleted} deleted", f"- {done.expired} snapshots expired, {done.kept} kept"]
    lines.append(f"- {len(done.orphans)} blobs that no row names {'deleted' if delete_orphans else 'found'}")
    if back_up_to:
        copied = backup(settings.lake, Path(back_up_to))
        lines.append(f"- snapshot {copied.snapshot} backed up to {back_up_to}: {copied.files} files copied, {copied.known} known")
    found = look_over(settings) if check else Found()
    lines.append(
        f"- {found.blobs} blobs hashed: {len(found.missing)} missing, {len(found.damaged)} damaged; tables unlike: {found.unlike or 'none'}"
    )
    create_markdown_artifact(key="maintenance", markdown="\n".join(lines), description=f"Maintenance of {lake}")
    if not found.is_whole:
        raise RuntimeError("the lake is damaged: see the artifact `maintenance`")


if __name__ == "__main__":
    maintain_lake()
