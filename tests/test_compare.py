"""Two snapshots of one lake: what a changed rule cost and what it brought."""

import pytest
from typer.testing import CliRunner

from vwi_lake.cli import app
from vwi_lake.compare import compare
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.run import Run, choose
from vwi_lake.settings import LakeSettings, SearchSettings, Settings


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """A lake of the demo, and its snapshots before and after a rule that blocks one domain."""
    place = LakeSettings(path=str(tmp_path_factory.mktemp("compare") / "lake"))
    with Run(Settings(lake=place, web=("demo",), search=SearchSettings(provider="all"), processes=1), choose()) as going:
        for stage in going.stages:
            for rows in going.pending(stage):
                going.ask(stage, rows)
        going.finish()
        before = str(going.lake.snapshot())
        going.lake.run(
            "create or replace table seeds.blocked_domains as "
            "select 'openchem.example' as domain, null as path_pattern, 'other' as category"
        )
        going.lake.rebuild()
        return place, before, str(going.lake.snapshot())


def test_what_a_rule_cost(lake):
    place, before, after = lake
    found = compare(place, before, after)
    there = Lake.read(place, before)
    of_domain = there.query("select count(*) as n from gold.dataset where domain = 'openchem.example'")["n"][0]
    there.close()
    assert found.gained == found.changed == 0
    assert found.lost.rows() == [("urls: blocked_domain", of_domain)]
    blocked = {(r["table_name"], r["rejected_because"]): r["change"] for r in found.yields.to_dicts()}
    assert blocked["silver.urls", "blocked_domain"] > 0
    assert blocked["silver.urls", None] == -blocked["silver.urls", "blocked_domain"]


def test_the_other_way_round_they_are_gained(lake):
    place, before, after = lake
    found = compare(place, after, before)
    assert found.gained == compare(place, before).lost["pairs"].sum() > 0
    assert found.lost.height == 0


def test_the_command(lake):
    place, before, after = lake
    told = CliRunner().invoke(app, ["diff", before, after, "--lake", place.path])
    assert told.exit_code == 0, told.output
    assert "blocked_domain" in told.output
    assert "0 pairs gained" in told.output


def test_an_unknown_snapshot_is_named(lake):
    with pytest.raises(VwiError, match="no snapshot '9999'"):
        compare(lake[0], "9999")
