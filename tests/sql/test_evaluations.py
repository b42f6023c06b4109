"""Scores, intervals and comparisons of evaluations, against values worked out by hand or another way."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from tests.sql.harness import cases, rows_of

START = datetime(2026, 1, 1, tzinfo=UTC)


def given(case):
    """Rows of bronze; of a doc_id that comes twice, the later is newer."""
    samples, runs = [], []
    for run_id, tasks in case["runs"].items():
        for task, documents in tasks.items():
            known = {"run_id": run_id, "task": task}
            for n, (doc_id, score, more) in enumerate(documents):
                samples.append(known | {"doc_id": str(doc_id), "score": float(score), "asked_at": START + timedelta(seconds=n)} | more)
            statuses = case.get("statuses", {}).get(run_id, {}).get(task, ["started", "completed"])
            runs += [known | {"status": status, "asked_at": START + timedelta(seconds=n)} for n, status in enumerate(statuses)]
    return {"bronze.eval_samples": samples, "bronze.eval_runs": runs}


def check(found, expected):
    assert len(found) == len(expected), found
    for row, wanted in zip(found, expected, strict=True):
        for name, value in wanted.items():
            assert row[name] == (pytest.approx(value, abs=1e-6) if isinstance(value, float) else value), (name, row)


@pytest.mark.parametrize("table", ["eval_results", "eval_comparisons"])
def test_by_hand(table):
    for case in cases(table):
        try:
            check(rows_of(f"gold.{table}", given(case)), case["expected"])
        except AssertionError as error:
            raise AssertionError(f"{case['it']}: {error}") from None


def scored(scores, **more):
    return {"runs": {"r": {"t": [[n, score, {k: v[n] for k, v in more.items()}] for n, score in enumerate(scores)]}}}


@pytest.mark.parametrize(("n", "right"), [(40, 10), (200, 100), (501, 450)])
def test_the_interval_is_that_of_the_usual_bootstrap(n, right):
    """Against resampling with replacement: the two agree to a tenth of the interval's width."""
    scores = [1.0] * right + [0.0] * (n - right)
    found = rows_of("gold.eval_results", given(scored(scores)))[0]
    rng = random.Random(0)
    means = sorted(sum(rng.choices(scores, k=n)) / n for _ in range(2000))
    low, high = means[50], means[1949]
    assert found["ci_low"] < found["value"] < found["ci_high"]
    assert found["ci_low"] == pytest.approx(low, abs=(high - low) / 10) and found["ci_high"] == pytest.approx(high, abs=(high - low) / 10)
    assert found["stderr"] == pytest.approx((right / n * (1 - right / n) / n) ** 0.5, rel=0.1)


def test_the_same_samples_have_the_same_interval():
    scores = [1.0, 0.0, 0.5] * 20
    first, second = (rows_of("gold.eval_results", given(scored(scores))) for _ in range(2))
    assert first == second


def test_variants_make_the_interval_wider_not_narrower():
    """Ten copies of a question tell no more than one: counted apart they would seem to."""
    scores = [float(n % 2) for n in range(30) for _ in range(10)]
    together = rows_of("gold.eval_results", given(scored(scores, variant_of=[str(n // 10) for n in range(300)])))[0]
    apart = rows_of("gold.eval_results", given(scored(scores)))[0]
    assert together["value"] == apart["value"] == 0.5
    assert together["stderr"] > 2.5 * apart["stderr"]
