"""Pages rendered by a real Chromium, where one is found; every request goes through a fetcher that keeps a list."""

import asyncio
import http.server
import threading
import time

import anyio.to_thread
import pytest

from vwi_lake.providers import Fetched
from vwi_lake.providers.browser import Browser, find_browser
from vwi_lake.providers.render_cache import RenderCache
from vwi_lake.providers.rendered import RenderedWeb, see
from vwi_lake.providers.saved import SavedWeb
from vwi_lake.web.trees import build_tree

CHROMIUM = find_browser()
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: install one, or name it in VWI_CHROMIUM")
HOST = "http://quiz.example/"

QUIZ = """<!DOCTYPE html><title>Quiz</title><h1>Machines</h1><p id=count></p><h2 id=q>Loading</h2><img id=i>
<div class=c></div><div class=c></div><div class=c></div><footer>About us</footer>
<script>
let bank = [], at = -1;
const choices = [...document.querySelectorAll(".c")];
function next() {
  if (++at >= bank.length) return location.assign("end.html");
  const one = bank[at], order = [...one.choices].sort(() => Math.random() - 0.5);
  count.innerText = `Question ${at + 1}/${bank.length}`;
  q.innerText = one.question;
  i.src = one.image;
  choices.forEach((c, n) => { c.innerText = order[n]; c.className = "c"; });
}
choices.forEach((c) => c.addEventListener("click", () => {
  const is = c.innerText === bank[at].choices[0];
  c.classList.add(is ? "good" : "bad");
  if (is) setTimeout(next, 1800);
}));
fetch("bank.json").then((r) => r.json()).then((b) => { bank = b; next(); });
</script>"""
BANK = """[{"question": "What is a lever?", "image": "a.png", "choices": ["A bar", "A wheel", "A rope"]},
{"question": "What is a screw?", "image": "b.png", "choices": ["A wound plane", "A nail", "A wedge"]},
{"question": "How many are simple?", "image": "a.png", "choices": ["6", "7", "8"]},
{"question": "What is a winch?", "image": "c.png", "choices": ["A drum", "A plane", "A pulley"]}]"""

SITE = {
    "quiz.html": QUIZ,
    "bank.json": BANK,
    "added.html": "<body><script>setTimeout(() => { document.body.innerHTML = '<p>Later</p><img src=late.png>'; }, 1500)</script>",
    "alert.html": "<body><script>alert('hello'); confirm('sure?'); document.body.append('after the box')</script>",
    "endless.html": "<body>Static words<script>while (true) {}</script>",
    "ticking.html": "<body><p id=p>0</p><script>setInterval(() => { p.innerText = +p.innerText + 1 }, 50)</script>",
    "popup.html": "<body><script>window.open('other.html'); document.body.append('no popup')</script>",
    "download.html": "<body><a id=a download href=bank.json>x</a><script>a.click(); document.body.append('still here')</script>",
    "elsewhere.html": "<body><script>location.href = 'other.html'; document.body.append('stayed')</script>",
    "shadow.html": "<body><x-q><b>slotted</b></x-q><script>customElements.define('x-q', class extends HTMLElement { constructor() "
    "{ super(); this.attachShadow({mode: 'closed'}).innerHTML = '<p>inside <slot></slot></p>'; } })</script>",
    "frames.html": "<body><iframe src=sub/inner.html></iframe><script></script>",
    "sub/inner.html": "<body><p>Framed text</p><img src=f.png>",
    "steps.html": "<body><h2 id=q>Which force pulls down?</h2>"
    "<button onclick=\"q.innerText='What resists motion on a plane?'; this.remove()\">"
    "Next</button><script></script>",
    "other.html": "<body>Other page",
}


class Recorder:
    def __init__(self, web):
        self.web, self.asked = web, []

    async def fetch(self, url):
        self.asked.append(url)
        return await self.web.fetch(url)


@pytest.fixture
def web(tmp_path):
    for name, text in SITE.items():
        path = tmp_path / "sites" / "quiz.example" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return SavedWeb([tmp_path / "sites"])


def render(web, *names, **given):
    """The pages by one browser, and what they asked for."""
    fetcher = Recorder(web)

    async def go():
        browser = Browser(fetcher, CHROMIUM, **given)
        try:
            return await asyncio.gather(*(browser.render(HOST + name, web.read(HOST + name)) for name in names))
        finally:
            await browser.close()

    return asyncio.run(go()), fetcher.asked


def text_of(got):
    assert got.error is None
    assert got.rendered
    return build_tree(got.body, got.final_url, got.charset).document()


@needs_chromium
def test_a_quiz_from_a_json_file_is_there_with_all_its_questions_images_and_right_answers(web):
    [got], asked = render(web, "quiz.html")
    tree = build_tree(got.body, got.final_url, got.charset)
    for question in ("What is a lever?", "What is a screw?", "How many are simple?", "What is a winch?"):
        assert tree.document().count(question) == 1
    assert got.body.count(b"About us") == 1
    assert {image.url.rsplit("/", 1)[1] for image in tree.images} == {"a.png", "b.png", "c.png"}
    right = [node for node in tree.nodes if node.tag == "label" and node.attrs.get("data-correct")]
    said = ["".join(n.text for n in tree.nodes[node.index : node.end]).strip() for node in right]
    assert said == ["A bar", "A wound plane", "6", "A drum"]
    assert asked == [HOST + "bank.json"]


@needs_chromium
def test_a_page_renders_the_same_each_time(web):
    [first, second], _ = render(web, "quiz.html", "quiz.html")
    assert first.body == second.body


@needs_chromium
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("added.html", "Later"),
        ("alert.html", "after the box"),
        ("ticking.html", ""),
        ("popup.html", "no popup"),
        ("download.html", "still here"),
        ("elsewhere.html", "stayed"),
        ("shadow.html", "inside slotted"),
        ("frames.html", "Framed text"),
        ("steps.html", "Which force pulls down? Next ## What resists motion on a plane?"),
    ],
)
def test_what_pages_do(web, name, shown):
    [got], asked = render(web, name)
    assert shown in " ".join(text_of(got).split())
    assert HOST + "other.html" not in asked


@needs_chromium
def test_images_in_frames_keep_their_address(web):
    [got], _ = render(web, "frames.html")
    assert [image.url for image in build_tree(got.body, got.final_url).images] == [HOST + "sub/f.png"]


@needs_chromium
def test_a_script_that_never_ends_costs_its_deadline_and_no_other_page(web):
    started = time.monotonic()
    [endless, quiz], _ = render(web, "endless.html", "added.html", deadline_s=8.0)
    assert (endless.error, endless.body, endless.rendered) == ("render_timeout", None, False)
    assert "Later" in text_of(quiz)
    assert time.monotonic() - started < 45


class Tripwire(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.hits.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_HEAD = do_OPTIONS = do_CONNECT = do_GET  # noqa: N815

    def log_message(self, *args):
        pass


@pytest.fixture
def tripwire():
    """A server that no request may reach."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tripwire) as server:
        server.hits = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


ESCAPES = """<body><link rel=preconnect href="{at}/preconnect"><link rel=prefetch href="{at}/prefetch"><link rel=stylesheet href="{at}/css">
<link rel=dns-prefetch href="{at}"><img src="{at}/img"><iframe src="{at}/frame"></iframe><video src="{at}/video"></video>
<object data="{at}/object"></object><embed src="{at}/embed"><a id=a ping="{at}/ping" href="#x">x</a>
<style>@font-face {{ font-family: x; src: url("{at}/font") }} p {{ font-family: x; background: url("{at}/background") }}</style><p>words</p>
<form id=f method=post action="{at}/form"></form>
<script type=speculationrules>{{"prefetch": [{{"source": "list", "urls": ["{at}/speculation"]}}]}}</script>
<script>
const at = "{at}", quietly = (work) => {{ try {{ const p = work(); if (p && p.catch) p.catch(() => {{}}); }} catch (e) {{}} }};
quietly(() => fetch(at + "/fetch", {{mode: "no-cors"}}));
quietly(() => fetch(at + "/post", {{method: "POST", body: "x"}}));
quietly(() => navigator.sendBeacon(at + "/beacon", "x"));
quietly(() => new WebSocket(at.replace("http", "ws") + "/socket"));
quietly(() => new EventSource(at + "/events"));
quietly(() => navigator.serviceWorker.register("/sw.js"));
const code = `fetch("${{at}}/worker", {{mode: "no-cors"}}).catch(() => 0);
  new WebSocket("${{at}}/ws".replace("http", "ws"));`;
quietly(() => new Worker(URL.createObjectURL(new Blob([code]))));
quietly(() => new RTCPeerConnection({{iceServers: [{{urls: "stun:127.0.0.1:{port}"}}]}}).createDataChannel("x"));
quietly(() => window.open(at + "/popup"));
quietly(() => a.click());
quietly(() => f.submit());
quietly(() => {{ location.href = at + "/elsewhere" }});
document.body.append("tried all");
</script>"""


@needs_chromium
def test_nothing_goes_to_the_network_on_its_own(tmp_path, tripwire):
    at = f"http://127.0.0.1:{tripwire.server_port}"
    page = tmp_path / "sites" / "quiz.example" / "escapes.html"
    page.parent.mkdir(parents=True)
    page.write_text(ESCAPES.format(at=at, port=tripwire.server_port))
    web = SavedWeb([tmp_path / "sites"])
    [got], asked = render(web, "escapes.html")
    assert "tried all" in text_of(got)
    assert tripwire.hits == []
    assert f"{at}/fetch" in asked  # it was asked of the fetcher, which refused
    assert not {f"{at}/post", f"{at}/form", f"{at}/elsewhere", f"{at}/popup"} & set(asked)


@needs_chromium
def test_rendered_pages_are_kept_until_the_sites_change(web, tmp_path):
    cache = RenderCache(tmp_path / "rendered", web.identity)
    [first], asked = render(web, "quiz.html", cache=cache)
    assert asked
    [again], asked = render(web, "quiz.html", cache=cache)
    assert (again, asked) == (first, [])
    (tmp_path / "sites" / "quiz.example" / "bank.json").write_text(BANK.replace("winch", "crane"))
    [changed], asked = render(web, "quiz.html", cache=RenderCache(tmp_path / "rendered", web.identity))
    assert "What is a crane?" in text_of(changed)


def test_a_browser_that_does_not_start_leaves_the_page_as_served(web, tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)

    async def go():
        browser = Browser(web, str(broken))
        try:
            return await see(web.read(HOST + "quiz.html"), browser)
        finally:
            await browser.close()

    seen = asyncio.run(go())
    assert (seen.needs_browser, seen.render_error, seen.page.rendered) == ("fetched_content", "browser_not_started", False)
    assert b"Loading" in seen.page.body


class Scripted:
    """Stands in for a browser: renders at once."""

    def __init__(self):
        self.asked = []

    async def render(self, url, page):
        self.asked.append(url)
        return Fetched(url, url, 200, "text/html", "utf-8", body=b"<p>rendered</p>", rendered=True)


def test_saved_sites_are_read_as_rendered_where_needed(web):
    browser = Scripted()
    rendered = RenderedWeb(web, browser)

    async def go():
        return [
            await anyio.to_thread.run_sync(rendered.read, HOST + name) for name in ("quiz.html", "sub/inner.html", "bank.json", "none.html")
        ]

    bodies = [got.body for got in asyncio.run(go())]
    assert bodies == [b"<p>rendered</p>", SITE["sub/inner.html"].encode(), BANK.encode(), None]
    assert browser.asked == [HOST + "quiz.html"]
    assert rendered.identity() != web.identity()
    assert rendered.read(HOST + "quiz.html").body == QUIZ.encode()  # no event loop: as served


@pytest.mark.parametrize("name", ["chromium", "google-chrome"])
def test_the_browser_is_looked_for(tmp_path, monkeypatch, name):
    monkeypatch.delenv("VWI_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    assert find_browser() is None
    own = tmp_path / "own" / "chromium-1200" / "chrome-linux" / "chrome"
    own.parent.mkdir(parents=True)
    own.touch(0o755)
    assert find_browser() == str(own)
    (tmp_path / name).touch(0o755)
    assert find_browser() == str(tmp_path / name)
    monkeypatch.setenv("VWI_CHROMIUM", str(tmp_path / "missing"))
    assert find_browser() is None
