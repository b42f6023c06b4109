"""Which images become seeds, in which round they are, and what gold.round_yields says of it."""

import polars as pl
import pytest

from tests.sql.harness import RECORDS, cases, frame_of, rows_of
from vwi_lake.rules import Rules
from vwi_lake.scratch import put, scratch


def promoted(case):
    """The pending rows of promote_images where silver holds the case's pages."""
    rules = Rules()
    connection = scratch(rules, RECORDS.values())
    kept = [{"url": url, "round": page["round"]} for url, page in case["pages"].items() if "rejected_because" not in page]
    pairs = [
        {"page_url": url, "question_files": listed(page["images"][:1]), "solution_files": listed(page["images"][1:])}
        for url, page in case["pages"].items()
    ]
    image = {"format": "png", "width": 9, "height": 9, "phash": "0"}
    images = [image | {"image_url": f"{url}{sha}", "sha256": sha} for url, page in case["pages"].items() for sha in page["images"]]
    put(connection, "silver.urls", pl.DataFrame(kept, schema={"url": str, "round": int}))
    put(connection, "silver.qa_pairs", pl.DataFrame(pairs, schema_overrides={"solution_files": FILES}))
    put(connection, "silver.images", pl.DataFrame(images))
    offered = [{"folder": "mined", "source": sha, "fingerprint": sha} for sha in case.get("offered", [])]
    if offered:
        put(connection, "bronze.seeds", frame_of("bronze.seeds", offered))
    put(connection, "bronze.searches", pl.DataFrame([{"search_id": str(n), "round": n} for n in range(1, 4)]))
    for sha, number in case.get("found", {}).items():
        hits = [image["image_url"] for image in images if image["sha256"] == sha]
        put(connection, "bronze.search_hits", pl.DataFrame([{"search_id": str(number), "image_url": url} for url in hits]))
    connection.execute("set variable round = $1", [case["round"]])
    rows = connection.execute(rules.pending("promote_images")).pl().to_dicts()
    connection.close()
    return rows


FILES = pl.List(pl.Struct({"sha256": pl.String, "format": pl.String}))


def listed(images):
    return [{"sha256": sha, "format": "png"} for sha in images]


@pytest.mark.parametrize("case", cases("rounds"), ids=lambda case: case["name"])
def test_case(case):
    rows = promoted(case)
    assert {row["seed_id"]: row["round"] for row in rows} == case["offered_next"]
    assert len(rows) == len(case["offered_next"])
    assert {row["seed_id"] for row in rows if row["error"] == "found_before"} == set(case.get("found_before", []))


def seed(source, number, tiles, phash="00000000000000ff", **more):
    base = {"folder": "f", "fingerprint": "1", "seed_id": source, "width": 100, "height": 100}
    return base | {"source": source, "round": number, "tiles": tiles, "phash": phash} | more


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        (seed("a2", 2, [20, 12], folder="mined"), "near_duplicate"),
        (seed("a2", 2, [40, 10], folder="mined"), None),  # another number in the same drawing
        (seed("a2", 2, [10, 10], "ffff0000000000ff", folder="mined"), None),
        (seed("a", 2, [10, 10], folder="mined"), "duplicate"),
        (seed("a2", 2, [10, 10], folder="mined", width=20, height=20), "too_small"),
    ],
)
def test_an_image_near_an_earlier_seed_is_no_new_seed(later, reason):
    given = {"bronze.seeds": [later, seed("a", 1, [10, 10])]}
    assert {(r["folder"], r["round"]): r["rejected_because"] for r in rows_of("silver.seeds", given)} == {
        ("f", 1): None,
        ("mined", 2): reason,
    }


def test_costs_count_searches_and_calls_each_once():
    call = {"stage": "check_qa", "model": "m", "request_hash": "h", "outcome": "ok", "attempts": 1, "prompt_tokens": 5, "cost_usd": 0.25}
    search = {"search_id": "s", "seed_id": "a", "provider": "engine", "corpus": "", "n_requests": 3, "cost_usd": 0.5}
    given = {"bronze.llm_calls": [call, call], "bronze.searches": [search, search | {"search_id": "t", "n_requests": 0, "cost_usd": None}]}
    rows = rows_of("gold.costs", given | {"gold.dataset": [{"qa_id": "1"}]})
    assert [(r["stage"], r["model"], r["calls"], r["prompt_tokens"], r["cost_usd"]) for r in rows] == [
        ("check_qa", "m", 1, 5, 0.25),
        ("search_images", "engine", 3, 0, 0.5),
    ]


def dataset(page, number, domain, images):
    return {"page_url": page, "round": number, "domain": domain, "is_visual": bool(images), "images": images}


def test_round_yields_count_what_no_earlier_round_had():
    given = {
        "verdicts.seeds": [
            {"round": 1, "rejected_because": None},
            {"round": 2, "rejected_because": None},
            {"round": 2, "rejected_because": "duplicate"},
        ],
        "bronze.searches": [
            {"search_id": "s", "seed_id": "a", "provider": "p", "corpus": "", "n_requests": 2, "cost_usd": 0.5},
            {"search_id": "t", "seed_id": "b", "provider": "p", "corpus": "", "round": 2, "n_requests": 1, "error": "timeout"},
        ],
        "verdicts.urls": [
            {"url": "1", "round": 1, "rejected_because": None},
            {"url": "2", "round": 2, "rejected_because": None},
            {"url": "1", "round": 2, "rejected_because": "duplicate_url"},
        ],
        "silver.seeds": [{"seed_id": "a"}],  # read in verdicts only, as are its rejects
        "silver.urls": [{"url": "1", "round": 1}, {"url": "2", "round": 2}],
        "silver.trees": [{"url": "1"}, {"url": "2"}],
        "gold.dataset": [dataset("1", 1, "a.org", ["x"]), dataset("2", 2, "a.org", ["x", "y"]), dataset("2", 2, "a.org", [])],
    }
    first, second = rows_of("gold.round_yields", given)
    assert first == {
        "round": 1, "offered": 1, "seeds": 1, "searches": 1, "requests": 2, "cost_usd": 0.5, "hits": 1, "new_urls": 1, "pages": 1,
        "pairs": 1, "visual_pairs": 1, "domains": 1, "new_domains": 1, "images": 1, "new_images": 1,
    }  # fmt: skip
    assert second == {
        "round": 2, "offered": 2, "seeds": 1, "searches": 0, "requests": 1, "cost_usd": 0.0, "hits": 2, "new_urls": 1, "pages": 1,
        "pairs": 2, "visual_pairs": 1, "domains": 1, "new_domains": 0, "images": 2, "new_images": 1,
    }  # fmt: skip
