"""What each pair cost; all of it together is what was paid."""

import polars as pl
import pytest

from tests.sql.harness import rows_of


def call(request_hash, subject_id, cost, outcome="ok"):
    return {"request_hash": request_hash, "subject_id": subject_id, "cost_usd": cost, "outcome": outcome, "stage": "s", "model": "m"}


def given(calls=(), searches=(), hits=(), candidates=(("a", "http://p"), ("b", "http://p"), ("c", "http://q"))):
    rows = [{"qa_id": qa_id, "page_url": url} for qa_id, url in candidates]
    return {
        "bronze.llm_calls": list(calls),
        "bronze.searches": [{"search_id": name, "cost_usd": cost, "n_requests": 1, "provider": "e"} for name, cost in searches],
        "bronze.search_hits": [{"search_id": name, "url": url} for name, url in hits],
        "verdicts.qa_candidates": pl.DataFrame(rows, schema={"qa_id": pl.String, "page_url": pl.String}),
        "silver.qa_candidates": pl.DataFrame({"qa_id": [""]}),  # read by way of verdicts
        "gold.dataset": pl.DataFrame({"qa_id": ["a"]}),
    }


@pytest.mark.parametrize(
    ("asked", "costs"),
    [
        ({}, {"a": 0, "b": 0, "c": 0, None: 0}),
        ({"calls": [call("1", "a", 3.0), call("2", "http://p", 4.0)]}, {"a": 5, "b": 2, "c": 0, None: 0}),
        ({"calls": [call("1", "a", 3.0), call("1", "b", 3.0)]}, {"a": 1.5, "b": 1.5, "c": 0, None: 0}),  # one reply, two uses
        ({"calls": [call("1", "a", 3.0, "invalid_json"), call("1", "a", 3.0)]}, {"a": 3, "b": 0, "c": 0, None: 0}),
        ({"calls": [call("1", "a", 3.0, "refused"), call("2", "c", None)]}, {"a": 3, "b": 0, "c": 0, None: 0}),
        ({"calls": [call("1", "old", 3.0), call("2", "http://none", 4.0)]}, {"a": 0, "b": 0, "c": 0, None: 7}),
        (
            {"searches": [("s", 8.0)], "hits": [("s", "http://p"), ("s", "http://q"), ("s", "http://none")]},
            {"a": 2, "b": 2, "c": 4, None: 0},
        ),
        ({"searches": [("s", 8.0)], "hits": [("s", "http://none"), ("s", None)]}, {"a": 0, "b": 0, "c": 0, None: 8}),
        ({"calls": [call("1", "x", 3.0)], "searches": [("s", 8.0)], "candidates": []}, {None: 11}),
    ],
)
def test_costs(asked, costs):
    rows = rows_of("gold.pair_costs", given(**asked))
    assert {row["qa_id"]: row["cost_usd"] for row in rows} == costs
    assert [row["qa_id"] for row in rows if row["is_kept"]] == (["a"] if "a" in costs else [])
    ledger = rows_of("gold.costs", given(**asked))
    assert sum(row["cost_usd"] or 0 for row in ledger) == pytest.approx(sum(costs.values()))
