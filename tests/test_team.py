"""Several workers on one lake: PostgreSQL for its catalog and books, an S3-protocol server for data and blobs, both real, on loopback."""

import threading
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest

from benchmarks import chaos, servers, team
from tests.test_run import GOLD
from vwi_lake.backup import backup, restore
from vwi_lake.export.formats import export
from vwi_lake.lake import Lake
from vwi_lake.maintenance import maintain, verify
from vwi_lake.settings import LakeSettings

pytestmark = [pytest.mark.slow, pytest.mark.skipif(servers.find_postgres() is None, reason="apt-get install postgresql")]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What one undisturbed worker gives, on SQLite in a folder."""
    folder = tmp_path_factory.mktemp("alone")
    team.timed(team.settings_file(folder, {}, 1), [folder / "lake"], "demo")
    with closing(team.opened(folder / "lake", {})) as lake:
        yield lake


@pytest.fixture(scope="module")
def postgres():
    with servers.postgres() as running:
        yield running


@pytest.fixture(scope="module")
def shared(postgres, tmp_path_factory):
    """Two workers' lake, kept tidy while they worked: where it lies, and how often it was tidied."""
    with servers.s3("lake"), pytest.MonkeyPatch.context() as patched:
        patched.setattr("vwi_lake.maintenance.SETTLED", timedelta(seconds=5))  # one run takes no ten minutes
        places = {"catalog": f"postgres:{postgres.dsn_of('vwi')}", "data": "s3://lake/data/", "blobs": "s3://lake/blobs"}
        folder = tmp_path_factory.mktemp("shared")
        settings, over, done = LakeSettings(path=str(folder / "keeper"), **places), threading.Event(), []
        keeper = threading.Thread(target=keep_tidy, args=(settings, over, done))
        keeper.start()
        try:
            team.timed(team.settings_file(folder, places, 1), [folder / "one", folder / "two"], "demo")
        finally:
            over.set()
            keeper.join()
        yield settings, done


def keep_tidy(settings, over, done):
    while not over.wait(1):
        with closing(Lake.open(settings)) as lake:
            if lake.query("from duckdb_tables() where table_name = 'runs'").height:
                done.append(maintain(lake, settings, keep_days=0, delete_orphans=True))


def test_two_workers_do_what_one_does_though_the_lake_is_tidied_meanwhile(shared, expected):
    settings, done = shared
    assert sum(one.expired for one in done) > 0
    with closing(Lake.read(settings)) as lake:
        assert team.report(expected, lake)
        assert lake.query("select count(*) as n from bronze.runs where status = 'completed'")["n"].to_list() == [1]
        assert verify(lake).is_whole


def test_no_number_of_a_snapshot_is_taken_twice(postgres, tmp_path):
    """One writes for long; others commit and expire what is old meanwhile: the number that it would take must not be free again."""
    postgres.create("numbers")
    place = LakeSettings(path=str(tmp_path), catalog=f"postgres:{postgres.dsn_of('numbers')}", data=str(tmp_path / "data") + "/")
    with closing(Lake.open(place)) as slow, closing(Lake.open(place)) as fast:
        slow.run("begin")
        slow.run("create table bronze.slow (run_id int)")
        for name in ("one", "two"):
            fast.run(f"create table bronze.{name} (run_id int)")
        expiry = threading.Thread(target=fast.forget_snapshots)
        expiry.start()
        expiry.join(1)
        slow.run("commit")
        expiry.join(60)
        assert fast.query("from lake.snapshots()").height < 3, "what was old is gone in the end"
    with closing(Lake.read(place)) as lake:
        tables = lake.query("select table_name from duckdb_tables() where database_name = 'lake' and schema_name = 'bronze'")
        assert sorted(tables["table_name"]) == ["one", "slow", "two"]


def test_a_lost_catalog_comes_back_and_what_an_export_names_stays_readable(shared, postgres, tmp_path):
    settings, _ = shared
    export(settings, "qa", tmp_path / "out")
    with closing(Lake.open(settings)) as lake:
        named, gold = lake.snapshot(), lake.query(GOLD)
        lake.run("create table bronze.later as select 1 as i")
        maintain(lake, settings, keep_days=0)
    assert backup(settings, tmp_path / "backup").files > 30
    with closing(psycopg.connect(postgres.dsn_of("postgres"), autocommit=True)) as server:
        server.execute("drop database vwi with (force)")
        server.execute("create database vwi")
    back = restore(settings, tmp_path / "backup")
    assert (back.files, back.known > 30) == (0, True), "data and blobs were never lost"
    for at in (None, str(named)):
        with closing(Lake.read(settings, at)) as lake:
            assert lake.query(GOLD).equals(gold)
    with closing(Lake.open(settings)) as lake:
        assert verify(lake).is_whole
        assert not lake.stale()


def test_a_run_through_three_kills(expected, tmp_path):
    """The short form of `make chaos`."""
    assert chaos.kill_and_compare(chaos.Plan(3, kinds=("worker", "postgres", "commit"), pause_s=5), expected, tmp_path)
