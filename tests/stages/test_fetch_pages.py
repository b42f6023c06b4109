"""Pages that need a browser: stored as served without one, asked again when one is there, once."""

import pytest

from vwi_lake import run as runs
from vwi_lake.providers import Fetched
from vwi_lake.settings import FetchSettings, LakeSettings, SearchSettings, Settings

SERVED = "<title>Quiz</title><h1>Loading</h1><script>fetch('bank.json').then(show)</script>"
RENDERED = b"<title>Quiz</title><h1>What is a lever?</h1>"


class Browser:
    def __init__(self, error=None):
        self.error, self.asked = error, []

    async def render(self, url, page):
        self.asked.append(url)
        return Fetched(
            url, url, 200, "text/html", "utf-8", body=None if self.error else RENDERED, error=self.error, rendered=not self.error
        )

    async def close(self):
        pass


@pytest.fixture
def fetch(tmp_path, monkeypatch):
    """Run up to fetch_pages with a browser or without; what it asked, the pages, the warnings."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    site = tmp_path / "web" / "quiz.example"
    site.mkdir(parents=True)
    (site / "quiz.html").write_text(SERVED)
    (site / "plain.html").write_text("<h1>Levers</h1>" + "<p>A lever is a bar on a pivot.</p>" * 50)
    settings = Settings(
        lake=LakeSettings(path=str(tmp_path / "lake")), web=(str(tmp_path / "web"),), search=SearchSettings(provider="all"), processes=1
    )

    def go(browser):
        monkeypatch.setattr("vwi_lake.providers.make.make_browser", lambda *_: browser)
        with runs.Run(settings, runs.choose(until="fetch_pages")) as going:
            for stage in going.stages:
                for rows in going.pending(stage):
                    going.ask(stage, rows)
            going.finish()
            pages = going.lake.query("select url, body_sha, rendered, needs_browser, render_error from silver.pages order by url")
            bodies = {
                row["url"].rsplit("/", 1)[1]: (going.world.blobs.get(row["body_sha"]), *list(row.values())[2:]) for row in pages.to_dicts()
            }
            return going.asked[-1].rows, bodies, going.lake.check("warn").get("needs_browser", 0)

    return go


def test_stored_as_served_then_rendered_when_a_browser_turns_up(fetch):
    asked, pages, warned = fetch(None)
    assert (asked, warned) == (2, 1)
    assert pages["quiz.html"] == (SERVED.encode(), False, "fetched_content", None)
    assert pages["plain.html"][1:] == (False, None, None)
    assert fetch(None)[0] == 0
    browser = Browser()
    asked, pages, warned = fetch(browser)
    assert (asked, warned) == (1, 0)
    assert pages["quiz.html"] == (RENDERED, True, "fetched_content", None)
    assert fetch(browser)[0] == 0
    assert browser.asked == ["http://quiz.example/quiz.html"]


@pytest.mark.parametrize(("error", "asked_again"), [("render_timeout", 0), ("browser_died", 0), ("browser_not_started", 1)])
def test_a_page_that_cannot_be_rendered_is_kept_as_served(fetch, error, asked_again):
    _, pages, warned = fetch(Browser(error))
    assert pages["quiz.html"] == (SERVED.encode(), False, "fetched_content", error)
    assert warned == 1
    assert fetch(Browser(error))[0] == asked_again


def test_a_browser_can_be_switched_off(tmp_path):
    from vwi_lake.providers.make import make_world

    site = tmp_path / "web" / "quiz.example"
    site.mkdir(parents=True)
    settings = Settings(lake=LakeSettings(path=str(tmp_path / "lake")), web=(str(tmp_path / "web"),), fetch=FetchSettings(browser=False))
    assert make_world(settings).browser is None
