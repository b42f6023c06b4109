"""A demo lake with a scripted model's drafts, the dashboard on a real socket, and a Chromium to look at it."""

import os
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import httpx
import pytest

from benchmarks.dashboard import served
from tests.providers.openai_server import OpenAiServer
from tests.test_llm_run import drafting_model
from tests.test_run import run, settings_at
from vwi_lake.dashboard.board import Board
from vwi_lake.evaluation.records import EvalRun, EvalSample
from vwi_lake.lake import Lake
from vwi_lake.providers.browser import find_browser
from vwi_lake.rules import Rules
from vwi_lake.run import records_of_runs
from vwi_lake.settings import LlmSettings
from vwi_lake.train import TrainingRun, TrainingStep


@pytest.fixture(scope="session")
def drafted(tmp_path_factory):
    """Settings of a finished lake: every table of the pipeline has rows."""
    with pytest.MonkeyPatch.context() as patch, OpenAiServer(drafting_model) as server:
        patch.setenv("OPENAI_BASE_URL", server.url)
        patch.setenv("OPENAI_API_KEY", "sk-test")
        settings = settings_at(tmp_path_factory.mktemp("drafted") / "lake", llm=LlmSettings(seed=8))
        run(settings)
    trained(settings)
    return settings


def trained(settings):
    """Two trainings of twenty steps, evaluated on a task of forty samples."""
    lake = Lake.open(settings.lake, Rules(), [*records_of_runs(), TrainingRun, TrainingStep, EvalRun, EvalSample])
    now = datetime.now(UTC)
    for number, name in enumerate(("base-mix", "visual-mix")):
        known = {"run_id": name, "asked_at": now}
        steps = [TrainingStep(**known, step=step, loss=2.0 / (1 + step) + number / 10) for step in range(20)]
        samples = [EvalSample(**known, task="quiz", doc_id=str(i), score=float(i % 3 > number), prediction="4") for i in range(40)]
        done = [TrainingRun(**known, status="completed", recipe="tiny", mix=name), EvalRun(**known, status="completed", task="quiz", n=40)]
        lake.append([*done, *steps, *samples])
    lake.rebuild()
    lake.close()


@contextmanager
def serving(settings):
    """The dashboard of a lake, on a real socket."""
    with closing(Board.open(settings)) as board, served(board) as url:
        yield url


@pytest.fixture(scope="session")
def place(drafted):
    with serving(drafted) as url:
        yield url


@pytest.fixture
def client(place):
    with httpx.Client(base_url=place, trust_env=False, timeout=60) as opened:
        yield opened


@pytest.fixture(scope="module")  # while it lives, its thread can run no event loop of other tests
def chromium():
    from playwright.sync_api import sync_playwright

    if (found := find_browser()) is None:
        pytest.skip("no Chromium: install one, or name it in VWI_CHROMIUM")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """A tab that must have nothing to complain about, and asks nobody but the dashboard."""
    complaints = []
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=False)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(("http://127.0.0.1:", "data:", "file:")) else complaints.append(r.url))
    page.set_default_timeout(30_000)
    yield page
    context.close()
    assert complaints == []
