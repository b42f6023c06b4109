"""The stages that ask a model, through whole runs on the demo's web: adaptive drafts, budgets, estimates, the vote's quality."""

import json
import re
from collections import Counter

import polars as pl
import pytest

from tests.providers.openai_server import OpenAiServer
from tests.test_run import obedient_model, run, settings_at
from vwi_lake.estimate import estimate
from vwi_lake.lake import Lake
from vwi_lake.run import Run, choose
from vwi_lake.settings import BudgetSettings, LlmSettings

VOTES = "select qa_id, answer, short_answer, rejected_because from verdicts.answers order by qa_id"


def drafting_model(request):
    """Four drafts by seed: as the question's length has it, all agree, three do, two and two, or none."""
    said = obedient_model(request)
    if said.startswith("Working"):
        content = request["messages"][-1]["content"]
        length = len(content if isinstance(content, str) else content[0]["text"])
        answers = ([42, 42, 42, 42], [42, 42, 7, 42], [42, 7, 42, 7], [1, 2, 3, 4])[length % 4]
        return f"So.\n\nAnswer: {answers[request['seed'] % 4]}"
    if '"groups"' in said:
        content = request["messages"][-1]["content"]
        return json.dumps({"groups": [[i] for i in range(len(re.findall(r'"\d+": "So', content)))]})
    return json.dumps({"verdict": "aligned", "why": "the same"}) if '"verdict"' in said else said


@pytest.fixture
def model(monkeypatch):
    with OpenAiServer(drafting_model) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        yield server


def llm(**more):
    return LlmSettings(seed=8, **more)


@pytest.mark.slow
def test_adaptive_drafting_decides_as_full_drafting_does(tmp_path, model):
    full, adaptive = (settings_at(tmp_path / name, llm=llm(adaptive=name == "adaptive")) for name in ("full", "adaptive"))
    _, _, gold, _ = run(full)
    asked = len(model.requests)
    _, _, sparing, _ = run(adaptive)
    columns = ["qa_id", "answer", "short_answer", "answer_source", "verdict"]
    assert sparing.select(columns).equals(gold.select(columns))
    assert len(model.requests) - asked < asked
    one, other = (Lake.read(settings.lake) for settings in (full, adaptive))
    assert one.query(VOTES).equals(other.query(VOTES))
    assert one.query(VOTES)["rejected_because"].n_unique() == 2
    quality = one.query("from gold.vote_quality where subject is null and is_visual is null")
    assert set(quality["votes"]) == {"2/4", "3/4", "4/4"}
    assert (quality["agreeing"] + quality["differing"] + quality["undecided"] == quality["pairs"]).all()
    assert (quality["precision_low"] <= quality["precision_high"]).all()
    one.close()
    other.close()


@pytest.mark.slow
def test_a_budget_stops_a_run_and_an_estimate_says_what_is_left(tmp_path, model):
    settings = settings_at(tmp_path / "lake", llm=llm(), budget=BudgetSettings(calls=60))
    _, _, _, going = run(settings)
    assert len(model.requests) == 60
    assert "60 of 60 calls" in going.world.llm.stopped
    assert {a.left_out for a in going.asked if a.stage == "draft_answers"} == {going.world.llm.stopped}
    lines = {line["stage"]: line for line in estimate(settings).iter_rows(named=True)}
    assert lines["check_qa"]["rows_pending"] == lines["check_qa"]["calls"] > 0
    assert lines["all"]["calls"] == sum(line["calls"] for stage, line in lines.items() if stage != "all")
    assert lines["all"]["usd"] > 0
    assert len(model.requests) == 60
    raised = settings.model_copy(update={"budget": BudgetSettings()})
    run(raised)
    assert all(line["calls"] == 0 for line in estimate(raised).iter_rows(named=True))


@pytest.mark.slow
def test_an_estimate_foretells_the_run(tmp_path, model):
    """Before the first call, from nothing but the rows; then with half of them in the book, as a kill leaves them."""
    settings = settings_at(tmp_path / "lake", llm=llm())
    with Run(settings, choose(until="extract_qa")) as going:
        ask_all(going)
        going.finish()
    asked = len(model.requests)
    before = {line["stage"]: line for line in estimate(settings).iter_rows(named=True)}
    assert len(model.requests) == asked
    with Run(settings, choose(until="check_qa")) as going:
        going.lake.append = lambda records, note="": None  # the replies stay in the book alone
        ask_all(going)
    checks = len(model.requests) - asked
    assert before["check_qa"]["calls"] == checks
    assert estimate(settings).row(by_predicate=pl.col("stage") == "check_qa", named=True)["calls"] == 0
    run(settings)
    made = Counter(call["stage"] for call in calls_of(settings))
    assert before["draft_answers"]["calls"] >= made["draft_answers"] >= 0.8 * before["draft_answers"]["calls"]
    priced = sum(call["prompt_tokens"] * 0.15 + call["completion_tokens"] * 0.6 for call in calls_of(settings)) / 1e6
    lake = Lake.read(settings.lake)
    for table in ("costs", "pair_costs"):  # what all pairs cost, kept or not, is what was paid
        assert lake.query(f"select sum(cost_usd) as usd from gold.{table}")["usd"][0] == pytest.approx(priced - cached_discount(settings))
    assert lake.query("select count(*) as n from gold.lineage where answer_source = 'synthesized'")["n"][0] > 10
    assert "synthesized_without_calls" not in lake.check("warn")
    lake.close()


def ask_all(going):
    for stage in going.stages:
        for rows in going.pending(stage):
            going.ask(stage, rows)


def calls_of(settings):
    lake = Lake.read(settings.lake)
    calls = lake.query("select distinct on (request_hash) * from bronze.llm_calls").to_dicts()
    lake.close()
    return calls


def cached_discount(settings):
    return sum(call["cached_tokens"] for call in calls_of(settings)) * (0.15 - 0.075) / 1e6
