"""A real DuckLake on a SQLite catalog: append, rebuild, yields, readers beside writers, time travel."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from vwi_lake import catalog
from vwi_lake.catalog import patiently
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.records import BRONZE
from vwi_lake.rules import Rules
from vwi_lake.settings import LakeSettings
from vwi_lake.stages.build_trees import PageTree, TreeImage
from vwi_lake.stages.fetch_pages import PageFetch
from vwi_lake.stages.load_seeds import Seed

RECORDS = BRONZE
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def place(tmp_path):
    return LakeSettings(path=str(tmp_path / "lake"))


@pytest.fixture
def lake(place):
    opened = Lake.open(place, records=RECORDS)
    yield opened
    opened.close()


def seed(source, minute=0, **values):
    given = {"folder": "f", "fingerprint": "1:1", "seed_id": source, "width": 100, "height": 100} | values
    return Seed(run_id="r", asked_at=START + timedelta(minutes=minute), source=source, **given)


def test_rows_in_is_kept_plus_rejected_for_every_table(lake):
    lake.append([seed("a"), seed("b", seed_id="a"), seed("c", seed_id=None, error="unreadable"), seed("d", width=8)])
    lake.rebuild()
    rows = lake.query("select * from gold.stage_yields where table_name = 'silver.seeds'")
    assert dict(zip(rows["rejected_because"], rows["rows"], strict=True)) == {None: 1, "duplicate": 1, "too_small": 1, "unreadable": 1}
    assert set(rows["rows_in"]) == {4}
    assert set(rows["kept"]) == {1}
    assert lake.query("select count(*) as n from rejects.seeds")["n"][0] == 3


def test_the_smallest_insert_is_a_file(lake, place):
    """DuckLake would keep few rows as text in the catalog; one of the corpus's pages did not come back from there."""
    lake.append([seed("a")])
    assert len(list((Path(place.path) / "data" / "bronze" / "seeds").glob("*.parquet"))) == 1


def test_the_latest_row_of_a_key_counts(lake):
    lake.append([seed("a", error="truncated"), seed("a", minute=5), seed("a", minute=5)])
    lake.rebuild()
    assert lake.query("select source, rejected_because from verdicts.seeds").rows() == [("a", None)]


def test_only_what_changed_is_built_again(lake):
    everything = lake.rebuild()
    assert set(everything) == set(lake.rules.models)
    assert lake.rebuild() == []
    lake.append([PageFetch(url="http://a.example/")])
    assert set(lake.rebuild()) == lake.rules.downstream("bronze.page_fetches")


def test_an_append_is_all_or_nothing(lake):
    lake.connection.execute("drop table bronze.page_fetches")
    with pytest.raises(duckdb.CatalogException):
        lake.append([seed("a"), PageFetch(url="http://a.example/")])
    assert lake.query("select count(*) as n from bronze.seeds")["n"][0] == 0


def test_values_of_pages_stay_values(lake):
    hostile = "'; drop table bronze.seeds; --"
    lake.append([seed(hostile)])
    lake.set(corpus=hostile)
    lake.rebuild()
    assert lake.query("select source from silver.seeds").rows() == [(hostile,)]
    assert lake.query("select getvariable('corpus') as v").rows() == [(hostile,)]


def test_new_columns_are_added_to_old_tables(place):
    first = Lake.open(place, records=RECORDS)
    first.append([seed("a")])
    first.connection.execute("alter table bronze.seeds drop column phash")
    first.close()
    second = Lake.open(place, records=RECORDS)
    second.append([seed("b", phash="ff")])
    assert second.query("select source, phash from bronze.seeds order by 1").rows() == [("a", None), ("b", "ff")]
    second.close()


def test_new_fields_are_added_to_old_lists(place):
    tree = PageTree(url="u", body_sha="b", version="1", images=[TreeImage("i", "alt", "sha")])
    first = Lake.open(place, records=[PageTree])
    old = "select * replace (list_transform(images, lambda i: {'url': i.url, 'alt': i.alt}) as images) from bronze.page_trees"
    first.append([tree])
    first.connection.execute(f"create or replace table bronze.page_trees as {old}")
    first.close()
    second = Lake.open(place, records=[PageTree])
    second.append([tree])
    assert second.query("select images[1].blob_sha as sha from bronze.page_trees order by 1 nulls first")["sha"].to_list() == [None, "sha"]
    second.close()


def test_opening_again_spends_no_snapshot(place):
    Lake.open(place, records=RECORDS).close()
    reader = Lake.read(place)
    before = reader.snapshot()
    Lake.open(place, records=RECORDS).close()
    assert reader.snapshot() == before
    reader.close()


def test_a_reader_reads_while_a_writer_writes(lake, place):
    stop, read = threading.Event(), []

    def keep_reading():
        while not stop.is_set():
            reader = Lake.read(place)
            read.append(reader.query("select count(*) as n from bronze.seeds")["n"][0])
            reader.close()

    thread = threading.Thread(target=keep_reading)
    thread.start()
    for i in range(30):
        lake.append([seed(f"s{i}-{j}") for j in range(20)])
    stop.set()
    thread.join()
    assert read == sorted(read)
    assert all(n % 20 == 0 for n in read), "half a batch was seen"


def test_a_writer_killed_in_a_commit_leaves_whole_batches(place):
    Lake.open(place, records=RECORDS).close()
    script = (
        "import sys\nfrom tests.test_lake import *\nl = Lake.open(LakeSettings(path=sys.argv[1]), records=RECORDS)\n"
        "print('go', flush=True)\nfor i in range(10**6): l.append([seed(f'{i}-{j}') for j in range(20)])"
    )
    writer = subprocess.Popen([sys.executable, "-c", script, place.path], stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "go\n"
    with pytest.raises(subprocess.TimeoutExpired):
        writer.wait(0.5)
    writer.kill()
    writer.communicate()
    again = Lake.open(place, records=RECORDS)
    n = again.query("select count(*) as n from bronze.seeds")["n"][0]
    assert n > 0
    assert n % 20 == 0
    again.append([seed("after")])
    again.close()


def test_time_travel_by_number_and_by_run(lake, place):
    lake.append([seed("a")], "run 7")
    lake.append([seed("b")])
    for at, expected in (("7", 1), (str(lake.snapshot()), 2)):
        reader = Lake.read(place, at)
        assert reader.query("select count(*) as n from bronze.seeds")["n"][0] == expected
        reader.close()
    with pytest.raises(VwiError, match="no snapshot 'gone'"):
        Lake.read(place, "gone")


@pytest.mark.parametrize("name", ["it's", "a b", "ünïcode", 'quo"te', "semi;colon"])
def test_any_folder_name_will_do(tmp_path, name):
    place = LakeSettings(path=str(tmp_path / name))
    opened = Lake.open(place, records=RECORDS)
    opened.append([seed(f"s{i}") for i in range(50)])
    opened.close()
    reader = Lake.read(place)
    assert reader.query("select count(*) as n from bronze.seeds")["n"][0] == 50
    reader.close()


def test_a_lake_may_be_moved(lake, place, tmp_path):
    lake.append([seed(f"s{i}") for i in range(50)])
    lake.close()
    (tmp_path / "lake").rename(tmp_path / "elsewhere")
    reader = Lake.read(LakeSettings(path=str(tmp_path / "elsewhere")))
    assert reader.query("select count(*) as n from bronze.seeds")["n"][0] == 50
    reader.close()


def test_a_plain_duckdb_client_reads_it(lake, place):
    lake.append([seed("a")])
    lake.rebuild()
    plain = catalog.connect(place)  # the extensions come from wheels here; a user says INSTALL ducklake
    plain.execute(f"attach 'ducklake:sqlite:{place.path}/catalog.sqlite' as mine (read_only)")
    assert plain.execute("select source from mine.silver.seeds").fetchall() == [("a",)]
    assert plain.execute("select sum(rows) from mine.gold.stage_yields where table_name = 'silver.seeds'").fetchall() == [(1,)]
    plain.close()


def spoil(place):
    place.mkdir()
    (place / "catalog.sqlite").write_text("no database" * 100)


@pytest.mark.parametrize(
    ("prepare", "open_", "message"),
    [
        (lambda p: p.write_text("x"), lambda s: Lake.open(s), "is a file, but a lake is a folder"),
        (lambda p: None, lambda s: Lake.read(s), "no lake at .*make one with"),
        (spoil, lambda s: Lake.open(s), "no lake can be made|cannot be opened"),
        (spoil, lambda s: Lake.read(s), "cannot be opened"),
    ],
)
def test_a_bad_place_is_named(tmp_path, prepare, open_, message):
    prepare(tmp_path / "place")
    with pytest.raises(VwiError, match=message):
        open_(LakeSettings(path=str(tmp_path / "place")))


def test_sql_that_does_not_work_is_named(place, tmp_path):
    (tmp_path / "sql" / "silver").mkdir(parents=True)
    (tmp_path / "sql" / "silver" / "seeds.sql").write_text("select nothing_such, null as rejected_because from bronze.seeds")
    opened = Lake.open(place, Rules(tmp_path / "sql"), RECORDS)
    with pytest.raises(VwiError, match="the SQL of silver.seeds does not work: .*nothing_such"):
        opened.rebuild()
    opened.close()


def test_patience_ends():
    tries = []

    def locked():
        tries.append(1)
        raise duckdb.IOException("database is locked")

    with pytest.raises(duckdb.IOException):
        patiently(locked, patience_s=0.3)
    assert len(tries) > 1


def test_other_errors_are_not_tried_again():
    tries = []

    def broken():
        tries.append(1)
        raise duckdb.BinderException("no such column")

    with pytest.raises(duckdb.BinderException):
        patiently(broken)
    assert len(tries) == 1
