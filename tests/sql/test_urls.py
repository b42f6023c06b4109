"""The rules of silver.urls and gold.domains on given hits."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from benchmarks import generated_hits, plain_loop
from tests.sql.harness import cases, rows_of
from vwi_lake.lake import csv_rows
from vwi_lake.providers import Hit
from vwi_lake.rules import Rules
from vwi_lake.scratch import build, scratch
from vwi_lake.stages.search_images import hit_record

SEARCH = {"search_id": "s", "seed_id": "seed", "provider": "lens", "corpus": ""}


def hit(page_url, rank, search_id="s", score=0.5, seed_id="seed"):
    found = Hit(rank=rank, page_url=page_url, image_url=None, score=score)
    return asdict(hit_record(found, search_id, {"seed_id": seed_id, "provider": "lens"}))


def judged(urls, seeds=None):
    hits = [hit(url, rank) for rank, url in enumerate(urls, 1)]
    return rows_of("silver.urls", {"bronze.searches": [SEARCH], "bronze.search_hits": hits, **(seeds or {})})


def outcome(row):
    """In the words of the cases: the reason, `kept`, or the URL that a row is kept as where that is another."""
    if row["rejected_because"]:
        return row["rejected_because"]
    return "kept" if row["url"] == row["page_url"] else row["url"]


@pytest.mark.parametrize("case", cases("urls"), ids=lambda case: case["name"])
def test_case(case):
    rows = judged(case["urls"], case.get("seeds"))
    assert {row["page_url"]: outcome(row) for row in rows} == case["urls"]
    assert len(rows) == len(case["urls"])


def reasons(given):
    return {(row["seed_id"], row["rank"], row["page_url"]): row["rejected_because"] for row in rows_of("silver.urls", given)}


def test_the_best_hit_of_a_url_is_kept_whichever_came_first():
    page = "https://a.org/p"
    searches = [SEARCH, SEARCH | {"search_id": "t", "seed_id": "other"}]
    hits = [hit(page, 2), hit(page, 1, "t", 0.3, seed_id="other"), hit(page, 1, "s", 0.9), hit(page, 3)]
    expected = {
        ("seed", 1, page): None,
        ("seed", 2, page): "duplicate_url",
        ("seed", 3, page): "duplicate_url",
        ("other", 1, page): "duplicate_url",
    }
    for given in (hits, hits[::-1]):
        assert reasons({"bronze.searches": searches, "bronze.search_hits": given}) == expected


def test_a_later_round_never_unseats_a_page():
    searches = [SEARCH | {"round": 1}, SEARCH | {"search_id": "later", "seed_id": "mined", "round": 2}]
    hits = [
        hit("http://m.a.org/p", 9),
        hit("https://a.org/p", 1, "later", 1.0, seed_id="mined"),
        hit("https://b.org/1", 8),
        hit("https://b.org/2", 1, "later", 1.0, seed_id="mined"),
    ]
    given = {"bronze.searches": searches, "bronze.search_hits": hits, "seeds.domain_caps": [{"domain": "*", "cap": "1"}]}
    rows = rows_of("silver.urls", given)
    assert {(row["page_url"], row["round"]): row["rejected_because"] for row in rows} == {
        ("http://m.a.org/p", 1): None,
        ("https://a.org/p", 2): "variant_url",
        ("https://b.org/1", 1): None,
        ("https://b.org/2", 2): "domain_cap",
    }


def test_a_search_recorded_twice_counts_once_and_the_latest_of_a_seed_counts():
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    searches = [SEARCH | {"asked_at": early}, SEARCH | {"asked_at": late}, SEARCH | {"asked_at": late, "seed_id": "bad", "error": "quota"}]
    hits = [hit("https://a.org/p", 1) | {"asked_at": early}, hit("https://a.org/p", 1) | {"asked_at": late}]
    assert reasons({"bronze.searches": searches, "bronze.search_hits": hits}) == {("seed", 1, "https://a.org/p"): None}
    other = SEARCH | {"search_id": "new sites", "asked_at": datetime(2026, 1, 3, tzinfo=UTC)}
    assert reasons({"bronze.searches": [*searches, other], "bronze.search_hits": hits}) == {}


def test_a_drop_by_list_names_its_entry_and_category():
    [row] = judged(["https://music.youtube.com/watch?v=1"])
    assert (row["blocked_by"], row["blocked_category"], row["rejected_because"]) == ("youtube.com", "video", "blocked_domain")
    [row] = judged(["https://commons.wikimedia.org/wiki/File:A.png"])
    assert (row["blocked_by"], row["blocked_category"]) == ("wikimedia.org/wiki/File:*", "image_host")


def test_domains_tell_what_each_rule_cost():
    urls = [
        "https://a.org/1",
        "https://a.org/1#x",
        "https://m.a.org/1",
        "https://b.a.org/x.pdf",
        "https://youtube.com/1",
        "http://n-/1",
        "no url",
    ]
    given = {"bronze.searches": [SEARCH], "bronze.search_hits": [hit(url, rank) for rank, url in enumerate(urls, 1)]}
    table = {row["domain"]: row for row in rows_of("gold.domains", given)}
    assert set(table) == {"a.org", "youtube.com", "n-"}
    costs = {name: table["a.org"][name] for name in ("hits", "urls", "kept", "duplicate_url", "variant_url", "not_a_page", "domain_cap")}
    assert costs == {"hits": 4, "urls": 3, "kept": 1, "duplicate_url": 1, "variant_url": 1, "not_a_page": 1, "domain_cap": 0}
    assert (table["youtube.com"]["blocked_domain"], table["youtube.com"]["blocked_categories"]) == (1, ["video"])


def test_the_plain_loop_of_the_benchmark_gives_the_same_rows():
    connection = scratch(Rules(), [])
    generated_hits.generate(connection, 30_000)
    by_sql = build(connection, Rules(), "silver.urls").rows()
    hits = connection.execute("from bronze.search_hits").pl().to_dicts()
    by_loop = [tuple(row.values()) for row in plain_loop.select(hits, plain_loop.read_lists(Rules()), plain_loop.read_rounds(connection))]
    assert Counter(by_loop) == Counter(by_sql)
    every_reason = {None, "blocked_domain", "domain_cap", "duplicate_url", "not_a_page", "not_a_url", "variant_url"}
    assert {row[-1] for row in by_sql} == every_reason


def test_shipped_extensions_are_short_enough_for_the_rule():
    rows = csv_rows("seeds.file_extensions", Rules().csv_tables["seeds.file_extensions"])
    assert all(1 <= len(extension) <= 5 and extension == extension.lower() for extension in rows["extension"])
    assert rows["extension"].is_unique().all()


def test_shipped_blocklist_has_a_category_for_each_entry_and_no_entry_twice():
    path = Rules().csv_tables["seeds.blocked_domains"]
    rows = csv_rows("seeds.blocked_domains", path)
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")][1:]
    assert rows.height == len(lines) >= 300
    assert {"video", "shop", "image_host", "social", "search", "adult", "file_host", "login_wall", "paywall", "audio", "travel"} <= set(
        rows["category"]
    )
    assert "other" not in set(rows["category"])


@pytest.mark.shared
def test_no_real_page_is_lost(shared):
    pages = [json.loads(line)["url"] for line in (shared / "corpus" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["page_url"]: row["rejected_because"] for row in judged(pages) if row["rejected_because"]} == {}
