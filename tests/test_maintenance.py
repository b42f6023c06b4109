"""Maintenance, backup and restore on a lake of the demo: what is named stays readable, what is damaged is found, what is lost is back."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.test_run import GOLD, run, settings_at
from vwi_lake.backup import backup, restore
from vwi_lake.errors import VwiError
from vwi_lake.export.formats import export
from vwi_lake.lake import Lake
from vwi_lake.maintenance import maintain, named, verify
from vwi_lake.rules import Rules
from vwi_lake.run import Run
from vwi_lake.settings import LakeSettings


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    settings = settings_at(tmp_path_factory.mktemp("maintenance") / "lake")
    os.environ.pop("OPENAI_API_KEY", None)
    run(settings, until="extract_qa")
    with Run(settings):  # left in the middle: its snapshot has no name
        pass
    export(settings.lake, "qa", Path(settings.lake.path).parent / "out")
    run(settings)
    return settings


@pytest.fixture
def place(original, tmp_path):
    """A copy that a test may break."""
    shutil.copytree(original.lake.path, tmp_path / "lake")
    return LakeSettings(path=str(tmp_path / "lake"))


@pytest.fixture
def lake(place):
    opened = Lake.open(place, Rules(), [])
    yield opened
    opened.close()


def test_what_is_named_stays_readable(lake, place):
    kept = named(lake, place, 0)
    before = {at: lake.query(f"select count(*) as n from bronze.page_fetches at (version => {at})")["n"][0] for at in kept}
    gold = lake.query(GOLD)
    done = maintain(lake, place, keep_days=0)
    assert done.merged > 0
    assert done.expired > 10
    assert set(lake.query("select snapshot_id from lake.snapshots()")["snapshot_id"]) - kept <= {lake.snapshot()}
    assert len(kept) >= 3  # two runs, an export
    for at, n in before.items():
        reader = Lake.read(place, str(at))
        assert reader.query("select count(*) as n from bronze.page_fetches")["n"][0] == n
        reader.close()
    assert lake.query(GOLD).equals(gold)
    assert maintain(lake, place, keep_days=0).expired <= 1  # that of the merge before


def test_orphans_are_listed_and_young_ones_left(lake, place):
    old, young = lake.blobs.put(b"nobody's"), lake.blobs.put(b"somebody's soon")
    file = next((Path(place.path) / "blobs").rglob(f"{old}*"))
    os.utime(file, (time.time() - 3 * 86_400,) * 2)
    assert maintain(lake, place).orphans == [old]
    assert lake.blobs.get(old) == b"nobody's"
    maintain(lake, place, delete_orphans=True)
    assert lake.blobs.get(young)
    with pytest.raises(VwiError, match="is not under"):
        lake.blobs.get(old)
    assert verify(lake).is_whole


def test_damage_is_found(lake, place):
    assert verify(lake).is_whole
    files = sorted(f for f in (Path(place.path) / "blobs").rglob("*") if f.is_file())
    files[0].unlink()
    files[1].write_bytes(b"\x1f\x8b cut")
    lake.connection.execute("update verdicts.pages set domain = 'elsewhere.example' where true")
    found = verify(lake)
    names = [f.name.removesuffix(".gz") for f in files]
    assert (found.missing, found.damaged) == ([names[0]], [names[1]])
    assert "silver.pages" in found.unlike


def test_the_last_digits_of_a_sum_are_no_damage(lake):
    lake.connection.execute("update gold.pair_costs set cost_usd = 0.3 where true")
    lake.rules.models["gold.pair_costs"] = "select * replace (0.1::double + 0.2::double as cost_usd) from gold.pair_costs"
    assert verify(lake).is_whole


def test_a_lost_catalog_comes_back(lake, place, tmp_path):
    gold = lake.query(GOLD)
    first = backup(place, tmp_path / "backup")
    assert backup(place, tmp_path / "backup").files == 0
    with pytest.raises(VwiError, match="there is a lake"):
        restore(place, tmp_path / "backup")
    lake.close()
    for name in ("catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"):
        (Path(place.path) / name).unlink(missing_ok=True)
    assert restore(place, tmp_path / "backup").files == 0  # data and blobs were never lost
    elsewhere = LakeSettings(path=str(tmp_path / "elsewhere"))
    assert restore(elsewhere, tmp_path / "backup").files == first.files
    for restored in (place, elsewhere):
        again = Lake.open(restored, Rules(), [])
        assert again.query(GOLD).equals(gold)
        assert verify(again).is_whole
        assert not again.stale()
        again.close()


def test_half_a_backup_is_none(place, tmp_path):
    backup(place, tmp_path / "backup")
    (tmp_path / "backup" / "manifest.json").unlink()
    with pytest.raises(VwiError, match="no whole backup"):
        restore(LakeSettings(path=str(tmp_path / "new")), tmp_path / "backup")


KEEP_MAINTAINING = """
import pathlib, sys, time
from vwi_lake.lake import Lake
from vwi_lake.maintenance import maintain
from vwi_lake.rules import Rules
from vwi_lake.settings import LakeSettings
place = LakeSettings(path=sys.argv[1])
while True:
    if (pathlib.Path(place.path) / "data" / "bronze" / "runs").exists():
        lake = Lake.open(place, Rules(), [])
        maintain(lake, place, keep_days=0, delete_orphans=True)
        lake.close()
        print("done", flush=True)
    time.sleep(0.3)
"""


@pytest.mark.slow
def test_maintenance_during_a_run_loses_nothing(original, tmp_path):
    settings = settings_at(tmp_path / "lake")
    beside = subprocess.Popen([sys.executable, "-c", KEEP_MAINTAINING, settings.lake.path], stdout=subprocess.PIPE, text=True)
    try:
        _, _, gold, _ = run(settings)
    finally:
        beside.kill()
        said, _ = beside.communicate()
    assert "done" in said
    reader = Lake.read(original.lake)
    assert gold.equals(reader.query(GOLD))
    reader.close()
