"""Pages say what they like: nothing of it runs, hides or stops the dashboard, served or as one file."""

import html
import shutil

import pytest

from tests.dashboard.conftest import serving
from tests.test_run import run
from vwi_lake.dashboard.board import Board
from vwi_lake.dashboard.onefile import write
from vwi_lake.demo import WEB
from vwi_lake.settings import LakeSettings, SearchSettings, Settings

pytestmark = pytest.mark.slow

SAID = (
    'What does </script><script>window.hacked=1</script><img src=x onerror="window.hacked=2"> \'">${window.hacked=3}{{7*7}} print? '
    "\u202egnirts desrever\u202c <!-- --> ]]> $\\href{javascript:window.hacked=6}{x}$ $\\mystery{y}^2$"
)
PAGE = f"""<!doctype html><html lang="en"><head><title>{html.escape("</title><script>window.hacked=4</script>")}</title>
<link rel="license" href="javascript:window.hacked=7"></head><body><main><h1>Exercises</h1>
<div class="exercise"><p>Exercise 1. {html.escape(SAID)}</p><p><a href="javascript:window.hacked=8">this</a>
<img src="figure.png" alt="{html.escape('"><script>window.hacked=5</script>')}"></p></div>
<div class="solution"><p>Solution: {html.escape(SAID)}</p></div>
<div class="exercise"><p>Exercise 2. How long is {"very " * 200_000} long?</p></div>
<div class="solution"><p>Solution: One million characters.</p></div></main></body></html>"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    site = folder / "web" / "evil.example"
    site.mkdir(parents=True)
    (site / "index.html").write_text(PAGE, encoding="utf-8")
    shutil.copy(next(WEB.rglob("*.png")), site / "figure.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OPENAI_API_KEY", raising=False)
        patch.delenv("OPENAI_BASE_URL", raising=False)
        lake = LakeSettings(path=str(folder / "lake"))
        settings = Settings(lake=lake, web=(str(folder / "web"),), search=SearchSettings(provider="all"), processes=1)
        run(settings)
    board = Board.open(settings)
    write(board, folder / "dashboard.html", 10)
    board.close()
    with serving(settings) as url:
        yield {"served": url, "file": (folder / "dashboard.html").as_uri()}


@pytest.mark.parametrize("way", ["served", "file"])
def test_nothing_of_a_page_runs_and_all_of_it_is_readable(tab, hostile, way):
    tab.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for view in ("yields", "work", "rejected/qa_pairs?reason=question_too_long", "pairs?rejected_because=all", "pairs?q=hacked"):
        tab.goto(f"{hostile[way]}#/{view}")
        tab.locator(f"main[data-ready='#/{view}']").wait_for()
    tab.locator(".pairs a").first.click()
    tab.locator(".document mark").first.wait_for()
    shown = tab.locator("article").inner_text()
    assert "<script>window.hacked=1</script>" in shown
    assert "U+202E" in shown
    assert "${window.hacked=3}{{7*7}}" in shown
    assert tab.evaluate("() => window.hacked") is None
    assert tab.locator("a[href^='javascript:' i], main script, main [onerror], iframe").count() == 0


@pytest.mark.parametrize("way", ["served", "file"])
def test_a_question_of_a_million_characters_is_cut_until_it_is_asked_for(tab, hostile, way):
    tab.goto(f"{hostile[way]}#/pairs?rejected_because=question_too_long")
    tab.locator(".pairs a").click()
    more = tab.get_by_role("button", name="show all 1,000,")
    more.wait_for()
    assert len(tab.locator("article .text").first.inner_text()) < 30_000
    more.click()
    assert len(tab.locator("article .text").first.inner_text()) > 1_000_000


def test_a_file_in_which_somebody_planted_a_script_runs_it_not(tab, hostile, tmp_path):
    """The policy holds even where escaping would fail."""
    import urllib.parse
    from pathlib import Path

    text = Path(urllib.parse.unquote(hostile["file"]).removeprefix("file://")).read_text(encoding="utf-8")
    (tmp_path / "planted.html").write_text(
        text.replace("<main", "<img src=x onerror='window.hacked=9'><script>window.hacked=9</script><main")
    )
    context = tab.context.browser.new_context()
    page = context.new_page()
    page.goto((tmp_path / "planted.html").as_uri())
    page.locator(".funnel li").first.wait_for()
    assert page.evaluate("() => window.hacked") is None
    context.close()
