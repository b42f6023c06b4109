"""The page as people use it, in Chromium: funnel, rejected rows, pairs, search, keys, themes; live and as one file."""

import re

import pytest

from vwi_lake.dashboard.board import Board
from vwi_lake.dashboard.onefile import write
from vwi_lake.lake import Lake

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def file(drafted, tmp_path_factory):
    """The same dashboard as one file."""
    path = tmp_path_factory.mktemp("file") / "dashboard.html"
    board = Board.open(drafted)
    try:
        write(board, path, 30)
    finally:
        board.close()
    return path.as_uri()


@pytest.fixture(params=["served", "file"])
def base(request, place, file):
    return place if request.param == "served" else file


def show(tab, base, view):
    tab.goto(f"{base}#/{view}")
    tab.wait_for_selector(f"main[data-ready='#/{view}']")
    return tab


def test_the_funnel_sums_up(tab, base, drafted):
    show(tab, base, "yields")
    lake = Lake.read(drafted.lake)
    for (table,), rows in lake.yields().group_by("table_name", maintain_order=True):
        step = tab.locator(f".funnel li[data-table='{table}']")
        kept = int(step.locator(".amount b").inner_text().replace(",", ""))
        total = int(re.search(r"of ([\d,]+)", step.locator(".amount small").inner_text())[1].replace(",", ""))
        reasons = [int(text.replace(",", "")) for text in step.locator(".reason b").all_inner_texts()]
        assert (kept, total) == (rows["kept"][0], rows["rows_in"][0])
        assert kept + sum(reasons) == total
    lake.close()


def test_a_reason_leads_to_its_rows_and_a_row_to_its_pair(tab, base):
    show(tab, base, "yields")
    reason = tab.locator(".funnel li[data-table='silver.qa_pairs'] .reason").first
    n = int(reason.locator("b").inner_text())
    reason.click()
    tab.wait_for_selector("main[data-ready^='#/rejected/qa_pairs']")
    assert tab.locator("tbody tr").count() == n
    if base.startswith("http"):
        tab.locator("tbody a[href*='id=']").first.click()
        tab.locator(".state.bad").wait_for()
        assert "rejected by qa pairs" in tab.locator(".state").inner_text()


def test_a_pair_is_opened_and_traced(tab, base):
    show(tab, base, "pairs?is_visual=true")
    tab.locator(".pairs a").first.click()
    tab.locator(".document mark").wait_for()
    image = tab.locator(".pair .images img").first
    assert image.evaluate("i => i.decode().then(() => i.naturalWidth)") > 16
    steps = tab.locator(".trace > li > b").all_inner_texts()
    assert steps[:5] == ["found", "fetched", "read", "extracted", "checked"]
    assert tab.locator(".draft").count() == 4
    assert tab.locator(".draft[data-group='1']").count() >= 2
    tab.locator(".draft summary").first.click()
    assert "So." in tab.locator(".draft .text").first.inner_text()


def test_keys(tab, base):
    show(tab, base, "yields")
    tab.keyboard.press("4")
    tab.locator(".pairs a").first.wait_for()
    tab.keyboard.press("j")
    tab.locator(".pairs li:nth-child(1) a[aria-current]").wait_for()
    tab.keyboard.press("j")
    tab.locator(".pairs li:nth-child(2) a[aria-current]").wait_for()
    tab.keyboard.press("k")
    tab.locator(".pairs li:nth-child(1) a[aria-current]").wait_for()
    tab.keyboard.press("Escape")
    tab.get_by_text("Choose a pair").wait_for()
    tab.keyboard.press("?")
    tab.locator("dialog[open]").wait_for()
    tab.keyboard.press("Escape")
    tab.keyboard.press("/")
    tab.keyboard.type("galvanometer")
    tab.keyboard.press("Enter")
    tab.get_by_text("among all candidates").click()
    tab.locator("main[data-ready*='all']").wait_for()
    tab.locator(".pairs a").first.focus()
    tab.keyboard.press("Enter")
    tab.locator(".pair .text").first.wait_for()
    assert "galvanometer" in tab.locator(".pair").inner_text()


def test_search_and_filter_together(tab, place):
    show(tab, place, "pairs")
    tab.locator("select[name=subject]").select_option("Physics")
    tab.locator("main[data-ready*='Physics']").wait_for()
    physics = int(re.search(r"\d+", tab.locator(".count").inner_text())[0])
    tab.locator("#text").fill("force")
    tab.locator("#text").press("Enter")
    tab.locator("main[data-ready*='force']").wait_for()
    assert 0 < int(re.search(r"\d+", tab.locator(".count").inner_text())[0]) < physics


def test_votes_losses_and_evaluations_are_drawn(tab, base):
    show(tab, base, "quality")
    assert tab.locator("canvas").count() == 1
    assert {"base-mix", "visual-mix"} <= set(tab.locator(".u-label").all_inner_texts())
    assert tab.locator("td .interval .dot").count() >= 3 + 2 + 1  # votes, evaluations, their comparison
    assert tab.locator(".missing").count() == 0


def test_formulas_are_drawn(tab, base):
    show(tab, base, "pairs?rejected_because=all&q=tfrac")
    tab.locator(".pairs a").first.click()
    tab.locator(".pair math mfrac").first.wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_themes(tab, base, theme):
    tab.emulate_media(color_scheme=theme)
    show(tab, base, "yields")
    ground = "getComputedStyle(document.body).backgroundColor"
    is_dark = {"light": False, "dark": True}
    lightness = tab.locator("body").evaluate(f"() => {ground}.match(/\\d+/g).map(Number).reduce((a, b) => a + b) / 3")
    assert (lightness < 128) == is_dark[theme]
    other = "light" if theme == "dark" else "dark"
    while tab.locator("html").get_attribute("data-theme") != other:
        tab.locator("#theme").click()
    lightness = tab.locator("body").evaluate(f"() => {ground}.match(/\\d+/g).map(Number).reduce((a, b) => a + b) / 3")
    assert (lightness < 128) == is_dark[other]


@pytest.mark.parametrize("view", ["yields", "work", "quality", "pairs", "rejected/qa_pairs?reason=judged_invalid"])
def test_nothing_is_wider_than_a_phone(tab, base, view):
    tab.set_viewport_size({"width": 375, "height": 700})
    show(tab, base, view)
    assert tab.locator("html").evaluate("html => html.scrollWidth") <= 375
