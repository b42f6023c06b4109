"""The order of the models is read from their SQL."""

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.rules import Rules, tables_read


def overlay(tmp_path, **files):
    for name, text in files.items():
        path = tmp_path / f"{name.replace('__', '/')}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Rules(tmp_path)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select * from bronze.seeds", {"bronze.seeds"}),
        ("select * from verdicts.urls join rejects.pages using (url)", {"silver.urls", "silver.pages"}),
        ("-- reads silver.trees\nselect 1 /* gold.dataset */", set()),
        ("from silver.seeds as s, seeds.blocked_domains", {"silver.seeds", "seeds.blocked_domains"}),
    ],
)
def test_tables_read(sql, expected):
    assert tables_read(sql) == expected


def test_each_model_comes_after_what_it_reads():
    rules = Rules()
    order = list(rules.models)
    for name, sql in rules.models.items():
        for read in tables_read(sql) & rules.models.keys() - {name}:
            assert order.index(read) < order.index(name)


def test_upstream_and_downstream_meet():
    rules = Rules()
    assert {"silver.urls", "silver.seeds"} <= rules.upstream(rules.models["gold.lineage"])
    assert "gold.dataset" in rules.downstream("bronze.page_fetches")
    assert "silver.urls" not in rules.downstream("bronze.page_fetches")


def test_an_overlay_replaces_and_adds(tmp_path):
    rules = overlay(tmp_path, silver__seeds="select 1 as seed_id, null as rejected_because", gold__mine="select * from silver.seeds")
    assert rules.models["silver.seeds"].startswith("select 1")
    assert "gold.mine" in rules.downstream("silver.seeds")
    assert "silver.pages" in rules.models


def test_a_circle_is_named(tmp_path):
    rules = overlay(tmp_path, gold__a="select * from gold.b", gold__b="select * from gold.a")
    with pytest.raises(VwiError, match=r"circle: gold\.[ab] → gold\.[ab]"):
        _ = rules.models


def test_a_missing_overlay_is_named(tmp_path):
    with pytest.raises(VwiError, match="nowhere"):
        _ = Rules(tmp_path / "nowhere").models


def test_every_silver_file_gives_a_reason_last():
    for name, sql in Rules().models.items():
        if name.startswith("silver."):
            last_select = sql[sql.rindex("\nselect") :]
            assert "as rejected_because" in last_select, name
