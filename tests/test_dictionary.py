"""Every table and column is described, and nothing that is not there: the words, the guide and the lake's own comments agree."""

from pathlib import Path

import pytest

from vwi_lake.dictionary import all_records, dictionary, grain, markdown
from vwi_lake.lake import Lake
from vwi_lake.meanings import meanings
from vwi_lake.rules import Rules
from vwi_lake.settings import LakeSettings

GUIDE = Path(__file__).parents[1] / "docs" / "guides" / "tables.md"
REMAKE = "then write docs/guides/tables.md anew: vwi describe --format markdown > docs/guides/tables.md   (or: make docs)"


@pytest.fixture(scope="module")
def records():
    return all_records()


@pytest.fixture(scope="module")
def described(records):
    return dictionary(Rules(), records)


def test_every_column_is_described(described):
    bare = described.filter(described["meaning"].is_null())
    lines = [
        f'  sql/columns/{t.split(".")[0]}.csv:  {t},{c},"what it holds, with its unit"' for t, c in bare["table", "column"].iter_rows()
    ]
    assert not lines, "\n".join(["columns without a meaning; add a line for each:", *lines, REMAKE])


def test_nothing_is_described_that_is_not_there(described):
    there = set(described["table", "column"].iter_rows())
    names = {column.rsplit(".", 1)[-1] for _, column in there}
    gone = [key for key in meanings(Rules()) if key not in there and not (key[0] == "*" and key[1] in names)]
    assert not gone, f"sql/columns/*.csv describes columns that no table has; delete these lines: {gone}"


def test_every_table_says_what_a_row_is(described, records):
    silent = [t for t in described["table"].unique() if not grain(t, Rules(), records).endswith((".", "?"))]
    assert not silent, (
        f"the SQL file's first comment (or the record's docstring: 'bronze.x: one row per …') says what a row is, in a sentence: {silent}"
    )


def test_the_guide_is_of_now(records):
    assert GUIDE.read_text(encoding="utf-8") == markdown(Rules(), records), f"docs/guides/tables.md is not of now; {REMAKE}"


def test_a_lake_has_these_columns_and_the_words_as_comments(described, records, tmp_path):
    lake = Lake.open(LakeSettings(path=str(tmp_path / "lake")), records=records)
    lake.rebuild()
    lake.close()
    reader = Lake.read(LakeSettings(path=str(tmp_path / "lake")))
    found = reader.query(
        "select schema_name || '.' || table_name, column_name, comment from duckdb_columns() "
        "where database_name = 'lake' and schema_name in ('bronze', 'verdicts', 'gold', 'seeds') and table_name <> 'stage_yields'"
    )
    kept = reader.query(
        "select 'silver.' || table_name, column_name from duckdb_columns() where database_name = 'lake' and schema_name = 'silver'"
    )
    reader.close()
    wanted = {(t, c): said for t, c, _, said in described.iter_rows() if "." not in c and t != "gold.stage_yields"}
    assert {(t.replace("verdicts.", "silver."), c): said for t, c, said in found.iter_rows()} == wanted
    assert set(kept.iter_rows()) == {(t, c) for t, c in wanted if t.startswith("silver.") and c != "rejected_because"}


def test_words_of_the_users_own_tables_are_read(tmp_path):
    (tmp_path / "columns").mkdir()
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold" / "sites.sql").write_text("-- One row per site.\nselect domain, count(*) as pairs from gold.dataset group by domain")
    (tmp_path / "columns" / "mine.csv").write_text('table,column,meaning\ngold.sites,pairs,"pairs, all of them"\n')
    rules = Rules(tmp_path)
    found = dictionary(rules, all_records()).filter(table="gold.sites")
    assert dict(found["column", "meaning"].iter_rows())["pairs"] == "pairs, all of them"
    assert grain("gold.sites", rules, []) == "One row per site."
