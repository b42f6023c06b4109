"""The cheap detector: which pages hold their content only after their scripts ran."""

import json
import time

import pytest

from vwi_lake.web.charset import decode
from vwi_lake.web.scripted import needs_browser

TEXT = "<p>" + "A block slides down a rough plane and comes to rest. " * 40 + "</p>"
CJK = "<p>" + "斜面を滑り降りる物体の加速度を求めよ。" * 60 + "</p>"


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        pytest.param('<body><div id="root"></div><script src="/main.js"></script>', "app_root", id="empty root"),
        pytest.param("<body><div class=x id='__next'><p>Loading</p></div><SCRIPT src=a.js></SCRIPT>", "app_root", id="quotes and case"),
        pytest.param('<body><app-root></app-root><script type="module" src="/main.js"></script>', "app_root", id="custom element"),
        pytest.param('<body><div id="root"></div></body>', None, id="a root, and nothing to fill it"),
        pytest.param('<body><div id="root"></div><script type="application/ld+json">{}</script>', None, id="data is no script"),
        pytest.param(f'<body><div id="root">{TEXT}</div><script src="/main.js"></script>', None, id="a root rendered by the server"),
        pytest.param(f'<body><div id="root">{CJK}</div><script src="/main.js"></script>', None, id="the same in Japanese"),
        pytest.param(
            "<noscript>Bitte aktivieren Sie JavaScript</noscript><script src=a.js></script>" + "<p>menu item</p>" * 30,
            "noscript_notice",
            id="a notice in any language names JavaScript",
        ),
        pytest.param(f"<noscript>Please enable JavaScript</noscript>{TEXT}<script src=a.js></script>", None, id="a notice beside content"),
        pytest.param("<noscript><img src=pixel.gif></noscript><script src=a.js></script>" + "<p>menu item</p>" * 30, None, id="a tracker"),
        pytest.param("<h2>Question</h2><script>fetch(bank).then(show)</script>" + "<p>menu item</p>" * 30, "fetched_content", id="fetch"),
        pytest.param("<script>const r = new XMLHttpRequest()</script><p>Quiz</p>", "fetched_content", id="XMLHttpRequest"),
        pytest.param(f"<script>fetch(comments)</script>{TEXT}", None, id="comments fetched below an article"),
        pytest.param("<h1>Quiz</h1><script>start()</script>", "little_text", id="almost nothing but a script"),
        pytest.param("<h1>Contents</h1><a href=1.html>One</a>", None, id="a short page"),
        pytest.param("<iframe src=chapter.html></iframe>", "framed_content", id="the content is in a frame"),
        pytest.param("<iframe src=//ads.example/x width=1 height=1></iframe><p>Short</p>", None, id="a pixel of a frame"),
        pytest.param(f"<iframe src=video.html></iframe>{TEXT}", None, id="a frame beside content"),
        pytest.param("<script>x()</script><frameset><frame src=a.html></frameset>", None, id="frames are pages of their own"),
        pytest.param("<p>Short <script>never closed " + TEXT, "little_text", id="a script that never closes swallows the rest"),
        pytest.param("<!-- <script>fetch(x)</script> --><p>Short</p>", None, id="commented out"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_reasons(html, reason):
    assert needs_browser(html) == reason


@pytest.mark.parametrize(
    "part", ["<a", "<script", "<script></script", "<!--", "<div id=", "<noscript>", "<iframe src=", "<div><script></script>"]
)
def test_time_grows_with_the_page_only(part):
    """A megabyte of what is never closed; a quadratic scan would take minutes."""
    started = time.process_time()
    needs_browser(part * (1_000_000 // len(part)))
    assert time.process_time() - started < 5


@pytest.mark.shared
def test_on_real_pages(shared):
    """Precision is measured leniently: to render a page in vain costs seconds, to miss one costs its questions."""
    pages = [json.loads(line) for line in (shared / "corpus" / "manifest.jsonl").read_text().splitlines()]
    found = {p["page_id"] for p in pages if needs_browser(decode((shared / "corpus" / p["file"]).read_bytes()))}
    needed = {p["page_id"] for p in pages if p["js_needed"]}
    assert needed <= found
    assert len(needed & found) / len(found) > 0.9
