"""Metrics over a real socket, while a run goes."""

import logging
import socket

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from vwi_lake.metrics import Metrics
from vwi_lake.providers.ledger import LlmCall
from vwi_lake.run import Run, choose
from vwi_lake.settings import LakeSettings, MetricsSettings, SearchSettings, Settings
from vwi_lake.stages.fetch_pages import PageFetch


def read(metrics: Metrics) -> dict[tuple, float]:
    """(name, label values in the order of the labels' names) → value."""
    assert metrics.served_at
    text = httpx.get(metrics.served_at, trust_env=False).text
    return {
        (s.name, *(s.labels[name] for name in sorted(s.labels))): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


@pytest.fixture
def metrics():
    metrics = Metrics("20261129-000000-abcdef")
    metrics.serve(MetricsSettings(port=0))
    yield metrics
    metrics.close()


def test_a_run_is_served_while_it_goes(tmp_path):
    settings = Settings(
        lake=LakeSettings(path=str(tmp_path / "lake")),
        web=("demo",),
        search=SearchSettings(provider="all"),
        metrics=MetricsSettings(port=0),
        processes=1,
    )
    with Run(settings, choose(until="fetch_pages")) as run:
        for stage in run.stages:
            for rows in run.pending(stage):
                run.ask(stage, rows)
        found = read(run.world.metrics)
    n_pages = run.asked[-1].rows
    assert found["vwi_rows_total", "ok", "fetch_pages"] == n_pages > 10
    assert found["vwi_pending_rows", "fetch_pages"] == found["vwi_in_flight", "fetch_pages"] == 0
    assert found["vwi_row_seconds_count", "fetch_pages"] == n_pages
    assert found["vwi_run_info", run.run_id] == 1
    with pytest.raises(httpx.ConnectError):
        httpx.get(run.world.metrics.served_at, trust_env=False)


def test_errors_costs_and_tokens_are_counted(metrics):
    call = {"request_hash": "h", "stage": "check_qa", "subject_id": "q", "model": "m", "prompt_hash": "p", "outcome": "ok", "attempts": 1}
    call |= {"possibly_paid": 0, "prompt_tokens": 100, "completion_tokens": 20, "cached_tokens": None, "cost_usd": 0.25, "latency_s": 1.0}
    metrics.waiting("check_qa", 2)
    metrics.answered("check_qa", [LlmCall(**call, form=None, endpoint=None, reply="")])
    metrics.answered("fetch_pages", [PageFetch(url="http://a.example/", error="timeout")])
    with metrics.asking("check_qa"):
        found = read(metrics)
    assert found["vwi_rows_total", "timeout", "fetch_pages"] == 1
    assert found["vwi_cost_usd_total", "m", "check_qa"] == 0.25
    assert found["vwi_tokens_total", "prompt", "m", "check_qa"] == 100
    assert found["vwi_pending_rows", "check_qa"] == 1
    assert found["vwi_in_flight", "check_qa"] == 1


def test_a_port_that_is_taken_is_told_and_ends_nothing(caplog):
    with socket.socket() as other, caplog.at_level(logging.WARNING):
        other.bind(("127.0.0.1", 0))
        other.listen()
        metrics = Metrics("r")
        metrics.serve(MetricsSettings(port=other.getsockname()[1]))
    assert "no metrics at 127.0.0.1" in caplog.text
    metrics.answered("fetch_pages", [])
    metrics.close()


def test_without_a_port_nothing_is_served():
    metrics = Metrics("r")
    metrics.serve(MetricsSettings())
    assert metrics.served_at is None
