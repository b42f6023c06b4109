"""The whole pipeline on the demo's web: without a model, with one (a real server on loopback), stopped and resumed."""

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time

import polars as pl
import pytest
from PIL import Image

from tests.providers.openai_server import OpenAiServer, status, text
from vwi_lake.errors import VwiError, redacted
from vwi_lake.journal import Journal
from vwi_lake.lake import Lake
from vwi_lake.run import Run, RunRow, choose
from vwi_lake.settings import LakeSettings, LlmSettings, SearchSettings, Settings

GOLD = "select * from gold.dataset order by qa_id"


@pytest.fixture(autouse=True)
def no_endpoint(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


def settings_at(path, **more):
    given = {"search": SearchSettings(provider="all"), "processes": 1} | more
    return Settings(lake=LakeSettings(path=str(path)), web=("demo",), **given)


def run(settings, only=(), until=None):
    """One run; what each stage asked, the yields, and the data set."""
    with Run(settings, choose(only, until)) as going:
        for _, stages in going.rounds():
            for stage in stages:
                for rows in going.pending(stage):
                    going.ask(stage, rows)
        yields = going.finish()
        return {a.stage: a.rows for a in going.asked}, yields, going.lake.query(GOLD), going


@pytest.fixture(scope="module")
def keyless(tmp_path_factory):
    """A finished keyless run: its settings, and what it gave."""
    os.environ.pop("OPENAI_API_KEY", None)
    settings = settings_at(tmp_path_factory.mktemp("keyless") / "lake")
    return settings, run(settings)


def test_rows_in_is_kept_plus_rejected_everywhere(keyless):
    _, (_, yields, _, _) = keyless
    rejected = pl.col("rows").filter(pl.col("rejected_because").is_not_null()).sum().alias("out")
    sums = yields.group_by("table_name").agg(pl.col("rows_in").first(), pl.col("kept").first(), rejected)
    assert (sums["rows_in"] == sums["kept"] + sums["out"]).all()
    assert {f"silver.{t}" for t in ("urls", "pages", "trees", "images", "qa_candidates", "qa_pairs")} <= set(sums["table_name"])


def test_the_awkward_pages_are_rejected_for_their_reasons(keyless):
    _, (_, yields, _, _) = keyless
    reasons = {(t, r) for t, r in yields.select("table_name", "rejected_because").iter_rows() if r}
    expected = {
        ("silver.urls", "blocked_domain"),
        ("silver.trees", "opt_out"),
        ("silver.images", "not_saved"),
        ("silver.images", "truncated"),
        ("silver.qa_pairs", "image_unavailable"),
        ("silver.aligned_answers", "no_solution"),
    }
    assert expected <= reasons


def test_every_pair_has_what_the_columns_promise(keyless):
    _, (_, _, gold, _) = keyless
    assert gold.height > 30
    assert gold["qa_id"].n_unique() == gold.height
    assert set(gold["answer_source"]) == {"web"}
    assert (gold["is_visual"] == (gold["images"].list.len() > 0)).all()
    assert gold["is_visual"].any()
    assert gold["page_url"].str.starts_with("http://").all()


def test_the_same_run_again_asks_nothing_and_changes_nothing(keyless):
    settings, (_, _, gold, _) = keyless
    asked, _, again, _ = run(settings)
    assert set(asked.values()) == {0}
    assert again.equals(gold)


def test_it_says_what_was_left_out(keyless):
    _, (_, _, _, going) = keyless
    told = {a.stage: a.left_out for a in going.asked if a.left_out}
    assert set(told) == {"check_qa", "draft_answers"}
    assert "OPENAI_API_KEY" in told["check_qa"]


def test_stages_may_be_chosen(tmp_path):
    settings = settings_at(tmp_path / "lake")
    asked, _, _, _ = run(settings, until="search_images")
    assert list(asked) == ["load_seeds", "search_images"]
    asked, _, _, _ = run(settings, only=["fetch_pages"])
    assert list(asked) == ["fetch_pages"]
    assert asked["fetch_pages"] > 20


@pytest.mark.parametrize("given", [{"only": ["fetch_page"]}, {"until": "nothing"}])
def test_an_unknown_stage_is_named_with_the_known_ones(given):
    with pytest.raises(VwiError, match="no stage is called '(fetch_page|nothing)': the stages are load_seeds, promote_images"):
        choose(**given)


# -- with a model ------------------------------------------------------------------------------------------------------


def obedient_model(request):
    """Answers each prompt as a sensible model would: nothing more to extract, all valid, drafts that agree three to one."""
    content = request["messages"][-1]["content"]
    asked = content if isinstance(content, str) else content[0]["text"]
    if asked.startswith("You read one web page"):
        return json.dumps({"pairs": []})
    if asked.startswith("You check one"):
        n = sum(int(x) for x in re.findall(r"^Number of \w+ images .*: (\d+)$", asked, re.MULTILINE))
        images = [{"relevant": True, "why": "it shows it"}] * n
        return json.dumps({"valid": "Homework" not in asked, "why": "because", "images": images, "subject": "Physics"})
    if asked.startswith("Answer the question"):
        return "Working it out.\n\nAnswer: 42"
    if asked.startswith("Several people"):
        return json.dumps({"groups": [[0, 1, 2, 3]]})
    return json.dumps({"verdict": "different", "why": "other numbers"})


@pytest.fixture
def model(monkeypatch):
    with OpenAiServer(obedient_model) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-secret")
        yield server


def test_with_a_model_every_stage_asks_and_every_pair_is_decided(tmp_path, model):
    settings = settings_at(tmp_path / "lake", llm=LlmSettings(prices={"gpt-4o-mini": (0.15, 0.6)}))
    asked, _, gold, going = run(settings)
    assert all(asked[s] > 0 for s in ("extract_qa", "check_qa", "draft_answers", "compare_answers", "align_answers"))
    assert sum("Answer the question" in json.dumps(request["messages"]) for request in model.requests) == 4 * asked["draft_answers"]
    # the model calls every page's answer different, so the page's own stays; pages without one get the drafted answer
    by_source = dict(gold.group_by("answer_source").len().iter_rows())
    assert set(by_source) == {"web", "synthesized"}
    assert set(gold["subject"]) == {"Physics"}
    drafted = gold.filter(pl.col("answer_source") == "synthesized")
    assert set(drafted["short_answer"]) == {"42"}
    assert drafted["question"].str.contains('Answer: …"').all()
    requests = len(model.requests)
    asked, _, again, _ = run(settings)
    assert set(asked.values()) == {0}
    assert len(model.requests) == requests
    assert again.equals(gold)
    assert going.run_id


def test_calls_and_costs_are_in_the_lake_and_the_key_is_not(tmp_path, model):
    settings = settings_at(tmp_path / "lake", llm=LlmSettings(prices={"gpt-4o-mini": (1.0, 2.0)}))
    with Run(settings) as going:
        for stage in going.stages:
            for rows in going.pending(stage):
                going.ask(stage, rows)
        going.finish()
        costs = going.lake.query("select sum(calls) as calls, sum(cost_usd) as cost from gold.costs").row(0)
        lineage = going.lake.query("select len(llm_calls) as n from gold.lineage")
    assert costs[0] == len(model.requests)
    assert costs[1] == pytest.approx(len(model.requests) * (10 * 1.0 + 5 * 2.0) / 1e6)
    assert (lineage["n"] >= 2).all()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"sk-planted-secret" not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (text("not json at all"), "invalid_json"),
        (text('{"pairs": 3}'), "wrong_schema"),
        (text('{"pairs": []}', finish_reason="length"), "length"),
    ],
)
def test_a_reply_that_cannot_be_used_is_a_row(tmp_path, model, behaviour, error):
    model.answer = lambda request: behaviour
    settings = settings_at(tmp_path / "lake")
    asked, _, _, _ = run(settings, until="extract_qa")
    with Run(settings, []) as going:
        rows = going.lake.query("select error, count(*) as n from bronze.qa_extractions where extractor = 'llm' group by all")
    assert rows.rows() == [(error, asked["extract_qa"] // 2)]


def test_a_refused_key_stops_the_run_with_a_remedy(tmp_path, model):
    model.answer = lambda request: status(401)
    with pytest.raises(VwiError, match="refused the key: set OPENAI_API_KEY"):
        run(settings_at(tmp_path / "lake"))


# -- stopped and resumed -----------------------------------------------------------------------------------------------

STARTED = """
import sys
from vwi_lake.cli import main
if __name__ == "__main__":
    main()
"""


def killed_at(stage, lake, script, how=signal.SIGKILL):
    """Start `vwi run` in a process group of its own and end it (and its workers) when the stage has written something."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")}
    command = [sys.executable, script, "run", "--web", "demo", "--search", "all", "--lake", lake]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None and not has_written(stage, lake):
        time.sleep(0.01)
    os.killpg(process.pid, how)
    process.wait(60)


def has_written(stage, lake):
    folder = os.path.join(lake, "data", "bronze", stage)  # noqa: PTH118
    return os.path.isdir(folder) and bool(os.listdir(folder))  # noqa: PTH112, PTH208


@pytest.mark.slow
def test_killed_three_times_the_data_set_is_the_same(tmp_path, keyless):
    _, (_, _, undisturbed, _) = keyless
    script = tmp_path / "vwi.py"
    script.write_text(STARTED)
    for stage in ("page_fetches", "page_trees", "qa_extractions"):
        killed_at(stage, str(tmp_path / "lake"), str(script))
    _, _, gold, _ = run(settings_at(tmp_path / "lake"))
    assert gold.equals(undisturbed)


@pytest.mark.slow
def test_ctrl_c_loses_no_page(tmp_path, keyless):
    """A terminal sends Ctrl-C to the workers too: their end is no answer about the pages they had."""
    _, (_, _, undisturbed, _) = keyless
    script = tmp_path / "vwi.py"
    script.write_text(STARTED)
    for stage in ("page_fetches", "page_trees"):
        killed_at(stage, str(tmp_path / "lake"), str(script), signal.SIGINT)
    _, _, gold, _ = run(settings_at(tmp_path / "lake"))
    assert gold.equals(undisturbed)


# -- awkward pages -----------------------------------------------------------------------------------------------------


def saved(folder, **pages):
    site = folder / "a.example"
    site.mkdir(parents=True)
    for name, html in pages.items():
        (site / f"{name}.html").write_text(html)
    return str(folder)


SURROGATE = """<script type="application/ld+json">{"@type": "FAQPage", "mainEntity": [{"@type": "Question",
"name": "What is \\ud83d worth, and \\u0000 too?", "acceptedAnswer": {"@type": "Answer", "text": "Nothing at all."}}]}</script>"""
SUM = "<h3>Problem {}</h3><p>Compute 12 {} 3.</p><h4>Solution</h4><p>It is {}.</p>"
SUMS = SUM.format(1, "+", 15) + SUM.format(2, "-", 9) + SUM.format(3, "*", 36)


def test_text_that_no_table_can_hold_is_mended(tmp_path):
    settings = settings_at(tmp_path / "lake").model_copy(
        update={"web": (saved(tmp_path / "web", faq=SURROGATE + "<p>These are the questions that people ask us.</p>"),)}
    )
    _, _, gold, _ = run(settings)
    assert "What is \ufffd worth, and \ufffd too?" in set(gold["question"])


def test_questions_that_differ_by_a_sign_are_different(tmp_path):
    settings = settings_at(tmp_path / "lake").model_copy(update={"web": (saved(tmp_path / "web", sums=SUMS),)})
    _, _, gold, _ = run(settings)
    assert gold.height == 3


def test_other_saved_sites_add_to_the_lake_and_take_nothing(tmp_path):
    settings = settings_at(tmp_path / "lake")
    first = settings.model_copy(update={"web": (saved(tmp_path / "one", sums=SUMS),)})
    second = settings.model_copy(update={"web": (saved(tmp_path / "two", other=SUM.format(1, "/", 4) + SUM.format(2, "+", 15)),)})
    assert run(first)[2].height == 3
    assert run(second)[2].height == 4  # one of its two questions was there already
    assert run(first)[2].height == 4


def test_an_image_saved_later_is_found_later(tmp_path):
    page = '<h3>Problem 1</h3><p>What does the figure show? <img src="late.png"></p><h4>Solution</h4><p>A red square.</p>'
    settings = settings_at(tmp_path / "lake").model_copy(update={"web": (saved(tmp_path / "web", page=page),)})
    assert run(settings)[2].height == 0
    Image.new("RGB", (64, 64), "red").save(tmp_path / "web" / "a.example" / "late.png")
    asked, _, gold, _ = run(settings)
    assert asked["fetch_images"] == 1
    assert gold["is_visual"].to_list() == [True]


def test_a_failed_check_is_no_pass(tmp_path, model):
    model.answer = lambda request: status(400) if "You check one" in json.dumps(request) else obedient_model(request)
    _, yields, gold, _ = run(settings_at(tmp_path / "lake"))
    assert gold.height == 0
    assert "check_failed" in set(yields["rejected_because"])


def test_new_drafts_are_not_judged_by_an_old_vote(tmp_path, model):
    settings = settings_at(tmp_path / "lake")
    run(settings, until="compare_answers")
    numbers = itertools.cycle([7, 8])
    model.answer = lambda request: f"Answer: {next(numbers)}" if "Answer the question" in json.dumps(request) else status(400)
    other = settings.model_copy(update={"llm": LlmSettings(models={"draft_answers": "other"}, in_flight=1)})
    _, yields, _, _ = run(other, only=["draft_answers", "compare_answers"])
    votes = yields.filter(pl.col("table_name") == "silver.answers")
    assert votes["kept"].max() == 0


def test_passwords_of_a_catalog_are_not_written_down():
    url = "postgres:dbname=vwi password=hunter2 host=db"
    assert "hunter2" not in redacted(url)
    assert "hunter2" not in redacted("http://user:hunter2@host/v1")
    assert redacted("a plain sentence: nothing here") == "a plain sentence: nothing here"


@pytest.fixture
def store_that_fails_once(monkeypatch):
    """The store is away when a batch of pages is saved for the first time."""
    append, failed = Lake.append, []

    def flaky(self, records, note=""):
        if note.startswith("fetch_pages") and not failed:
            failed.append(note)
            raise OSError("the store is away")
        append(self, records, note)

    monkeypatch.setattr(Lake, "append", flaky)


def asked_twice(lake):
    return lake.query("select url from bronze.page_fetches group by url having count(*) > 1").height


def test_what_could_not_be_saved_is_saved_when_the_batch_is_tried_again(tmp_path, keyless, store_that_fails_once):
    with Run(settings_at(tmp_path / "lake")) as going:
        for _, stages in going.rounds():
            for stage in stages:
                for rows in going.pending(stage):
                    try:
                        going.ask(stage, rows)
                    except OSError:
                        going.ask(stage, rows)  # as the flow does
        going.finish()
        assert going.lake.query(GOLD).equals(keyless[1][2])
        assert asked_twice(going.lake) == 0


def test_who_stops_with_unsaved_answers_keeps_its_claims_until_they_are_taken_in(tmp_path, keyless, store_that_fails_once):
    settings = settings_at(tmp_path / "lake")
    with Run(settings) as other:
        with pytest.raises(OSError, match="away"), Run(settings) as going:
            for stage in choose(until="fetch_pages"):
                for rows in going.pending(stage):
                    going.ask(stage, rows)
        for _, stages in other.rounds():
            for stage in stages:
                for rows in other.pending(stage):
                    other.ask(stage, rows)
        other.finish()
        assert other.lake.query(GOLD).equals(keyless[1][2])
        assert asked_twice(other.lake) == 0


def test_two_workers_may_tell_the_same_time(tmp_path):
    """One saved its answer, one was killed before it could: what is taken in is told from what is there by more than its time."""
    settings = settings_at(tmp_path / "lake")
    with Run(settings) as going:
        now = going.clock.now()
        mine, other = (RunRow(run_id=going.run_id, asked_at=now, status=status, version="1", settings="{}") for status in ("a", "b"))
        going.lake.append([mine])
        killed = Journal(going._unsaved, "killed")
        killed.write([mine, other])
        killed.close()
        going._recover()
        told = going.lake.query("select status from bronze.runs where asked_at = $1 order by all", [now])
        assert told["status"].to_list() == ["a", "b"]
