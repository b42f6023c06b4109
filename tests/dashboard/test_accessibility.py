"""No serious violation of the rules that axe-core knows (MPL-2.0, vendored here for tests only), in both themes and widths."""

import gzip
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
AXE = gzip.decompress((Path(__file__).parent / "axe-core-4.14.1.min.js.gz").read_bytes()).decode()
VIEWS = ["yields", "work", "quality", "pairs", "pair", "rejected/qa_pairs?reason=judged_invalid"]
SIZES = {"laptop": (1280, 800), "phone": (375, 700)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(tab, place, client, theme, size):
    pair = client.get("api/pairs", params={"rejected_because": "none", "is_visual": "true"}).json()["pairs"][0]["qa_id"]
    tab.context.add_init_script(AXE)
    tab.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
    tab.emulate_media(color_scheme=theme)
    found = {}
    for view in VIEWS:
        path = f"pairs?id={pair}" if view == "pair" else view
        tab.goto(f"{place}#/{path}")
        tab.reload()
        tab.wait_for_selector(f"main[data-ready='#/{path}']")
        if view == "pair":
            tab.locator(".document").wait_for()
        told = tab.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        assert told["testEngine"]["name"] == "axe-core"
        serious = [v for v in told["violations"] if v["impact"] in ("serious", "critical")]
        found |= {f"{view}: {v['id']}": [node["html"][:200] for node in v["nodes"][:3]] for v in serious}
    assert found == {}
