"""What a lake needs now and then: small files merged, old snapshots expired, blobs that no row names found, and all of it checked.

Runs may go on meanwhile: files are deleted two days after nothing reads them, blobs only where they are older than a day.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from vwi_lake.books import open_book
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.settings import LakeSettings
from vwi_lake.takedown import BLOBS

KEEP_DAYS = 7.0
SETTLED = timedelta(minutes=10)  # after which no commit of other machines is tried again: until then it looks for what came before it
YOUNG = timedelta(days=1)  # a blob that is younger may be of a row that is not committed yet
PINNED = "create table if not exists pinned (snapshot bigint primary key, why text not null)"
DIFFERENT = """
select count(*) as n
from (
  ((select {columns} from {a}) except all (select {columns} from {b}))
  union all
  ((select {columns} from {b}) except all (select {columns} from {a}))
)
"""
DIGITS = 9  # of a floating-point number: a sum's last ones differ with the order of its rows
# Snapshots that somebody may name: of completed runs, of trainings; the newest stays in any case.
NAMED = """
select snapshot_id from lake.snapshots() as snapshots
where snapshot_id = (select max(snapshot_id) from lake.snapshots())
  or snapshot_time > $1
  or exists (select 1 from bronze.runs where status = 'completed' and commit_message = 'run ' || run_id)
"""
TRAINED = "select distinct try_cast(snapshot as bigint) as snapshot_id from bronze.training_runs where snapshot is not null"


@dataclass
class Done:
    merged: int = 0  # files made of smaller ones
    expired: int = 0  # snapshots
    kept: int = 0  # snapshots
    deleted: int = 0  # files that nothing reads any more
    orphans: list[str] = field(default_factory=list)  # blobs that no row names


def pin(settings: LakeSettings, snapshot: int, why: str) -> None:
    """This snapshot stays readable: an export or a training names it."""
    book = open_book(settings, "pinned", PINNED)
    try:
        book.rows("insert into pinned values (?, ?) on conflict (snapshot) do nothing", [snapshot, why])
    finally:
        book.close()


def maintain(lake: Lake, settings: LakeSettings, keep_days: float = KEEP_DAYS, delete_orphans: bool = False) -> Done:
    """Merge, expire, clean. Blobs that no row names are only listed, unless `delete_orphans`."""
    done = Done()
    kept = named(lake, settings, keep_days)
    old = sorted(set(lake.query("select snapshot_id from lake.snapshots()")["snapshot_id"]) - kept)
    done.kept, done.expired = len(kept), len(old)
    lake.expire(old)
    done.merged = int(lake.query("select coalesce(sum(files_created), 0) as n from ducklake_merge_adjacent_files('lake')")["n"][0])
    # a SQLite catalog compares times as text, which is only right where their days differ
    done.deleted = lake.query("from ducklake_cleanup_old_files('lake', older_than => now() - interval 2 day)").height
    done.orphans = sorted(orphans(lake))
    for sha in done.orphans if delete_orphans else ():
        lake.blobs.delete(sha)
    return done


def named(lake: Lake, settings: LakeSettings, keep_days: float) -> set[int]:
    """Snapshots that stay: younger than `keep_days`, of completed runs, and those that exports and trainings name."""
    keep = max(timedelta(days=keep_days), SETTLED if settings.catalog else timedelta(0))
    kept = set(lake.query(NAMED, [datetime.now(UTC) - keep])["snapshot_id"])
    if lake.query("from duckdb_tables() where database_name = 'lake' and table_name = 'training_runs'").height:
        kept |= set(lake.query(TRAINED)["snapshot_id"].drop_nulls())
    book = open_book(settings, "pinned", PINNED)
    try:
        return kept | {int(snapshot) for (snapshot,) in book.rows("select snapshot from pinned")}
    finally:
        book.close()


def orphans(lake: Lake) -> Iterator[str]:
    """Blobs that no row names, and that are no longer young."""
    before = datetime.now(UTC) - YOUNG
    stored = {sha for sha, written_at in lake.blobs.all() if written_at < before}
    return iter(stored - set(lake.query(BLOBS)["sha256"].drop_nulls()))


# -- is it whole? --------------------------------------------------------------------------------------------------------


@dataclass
class Found:
    blobs: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    unlike: dict[str, int] = field(default_factory=dict)  # model → rows that a rebuild from what it reads would change

    @property
    def is_whole(self) -> bool:
        return not (self.missing or self.damaged or self.unlike)


def verify(lake: Lake, tick: Callable[[int], None] = lambda n: None) -> Found:
    """Every blob that a row names against its hash, every model against what its SQL says now."""
    found = Found()
    for sha in sorted(set(lake.query(BLOBS)["sha256"].drop_nulls())):
        found.blobs += 1
        tick(1)
        try:
            if hashlib.sha256(lake.blobs.get(sha)).hexdigest() != sha:
                found.damaged.append(sha)
        except VwiError:
            found.missing.append(sha)
        except (OSError, EOFError):  # what is packed cannot be unpacked
            found.damaged.append(sha)
    stale = lake.stale()
    for name, sql in lake.rules.models.items():
        if name not in stale and (n := _unlike(lake, name, sql)):
            found.unlike[name] = n
    return found


def _unlike(lake: Lake, name: str, sql: str) -> int:
    schema, table = name.split(".")
    stored = f"{'gold' if schema == 'gold' else 'verdicts'}.{table}"
    lake.run(f"create or replace temp table made_anew as {sql}")
    columns = [
        f'round("{column}", {DIGITS})' if kind == "DOUBLE" else f'"{column}"'
        for column, kind, *_ in lake.query("describe made_anew").iter_rows()
    ]
    n = int(lake.query(DIFFERENT.format(columns=", ".join(columns), a="made_anew", b=stored))["n"][0])
    lake.run("drop table temp.made_anew")
    return n
