"""`vwi urls explain`: the rules' own verdict on one address, in steps."""

import pytest
from typer.testing import CliRunner

from vwi_lake.cli_urls import app
from vwi_lake.errors import VwiError
from vwi_lake.explain import explain
from vwi_lake.lake import Lake
from vwi_lake.rules import Rules
from vwi_lake.settings import LakeSettings
from vwi_lake.stages.search_images import Search, SearchHit


def said(url, rules=None, lake=None):
    return {step.name: step.says for step in explain(url, rules or Rules(), lake)}


def test_every_step_of_a_kept_url():
    assert said("HTTPS://M.Site.co.uk/Unit-1?id=3&utm_source=x#top") == {
        "canonical": "https://m.site.co.uk/Unit-1?id=3&utm_source=x",
        "tracking": "dropped: https://m.site.co.uk/Unit-1?id=3",
        "host": "m.site.co.uk",
        "registrable domain": "site.co.uk",
        "blocklist": "no entry, or allowed",
        "extension": "a page",
        "verdict": "kept",
    }


@pytest.mark.parametrize(
    ("url", "step", "says"),
    [
        ("no address", "verdict", "not_a_url: no http(s) address"),
        ("https://music.youtube.com/1", "blocklist", "entry youtube.com (video)"),
        ("https://commons.wikimedia.org/wiki/File:A", "blocklist", "entry wikimedia.org/wiki/File:* (image_host)"),
        ("https://sites.google.com/view/x", "verdict", "kept"),
        ("http://10.0.0.1/", "registrable domain", "none (an IP address, a single label or a public suffix)"),
        ("https://a.org/x.PDF", "verdict", "not_a_page: ends like a file, not like a page (sql/seeds/file_extensions.csv)"),
    ],
)
def test_why(url, step, says):
    assert said(url)[step] == says


def test_the_users_lists_count(tmp_path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "blocked_domains_more.csv").write_text("domain,category\nsite.org,other\n")
    assert said("https://www.site.org/", Rules(tmp_path))["blocklist"] == "entry site.org (other)"


def hit(url, rank):
    return SearchHit(
        search_id="s", seed_id=None, provider="p", rank=rank, page_url=url, image_url=None, score=1, url=url, host="a.org", domain="a.org"
    )


def test_what_a_lake_knows_of_it(tmp_path):
    lake = Lake.open(LakeSettings(path=str(tmp_path / "lake")), records=[Search, SearchHit])
    assert said("https://a.org/1", lake=lake)["in the lake"].startswith("this lake has judged no URLs yet")
    lake.append(
        [
            Search(search_id="s", seed_id=None, provider="p", corpus=""),
            *(hit(f"https://a.org/{n}", rank) for rank, n in enumerate(["1", "2", "1", "1/print"], 1)),
        ]
    )
    lake.rebuild(["silver.urls"])
    known = said("https://a.org/1?gclid=x", lake=lake)
    assert known["domain cap"] == "a.org: 2 URLs kept, 0 over the cap (at most 1000)"
    assert known["in the lake"] == "kept (1 hit, best rank 1); duplicate_url (1 hit, best rank 3)"
    assert said("https://a.org/1/print", lake=lake)["in the lake"] == "variant_url (1 hit, best rank 4; kept instead: https://a.org/1)"
    assert said("https://a.org/3", lake=lake)["in the lake"] == "not found by any search"
    lake.close()


def test_the_command_prints_the_steps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["explain", "https://youtube.com/[red]"])
    assert result.exit_code == 0, result.output
    assert "entry youtube.com (video)" in result.output
    assert "https://youtube.com/[red]" in result.output
    assert isinstance(CliRunner().invoke(app, ["explain", "https://a.org/", "--lake", "nowhere"]).exception, VwiError)
