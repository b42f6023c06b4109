import time
from pathlib import Path

import orjson
import pytest

from vwi_lake.web.trees import Tree, TreeTooComplex, build_tree

URL = "http://x.example/dir/page.html"


def read(body: str) -> Tree:
    return build_tree(f"<title>T</title><body>{body}", URL)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("H<sub>2</sub>O and <b>so</b>me", "H2O and some"),
        ("10<sup>3</sup> m, s<sup>-1</sup>, 1<sup>st</sup>", "10^3 m, s^{-1}, 1st"),
        ("<b>a</b> <i>b</i>\n c", "a b c"),
        ("<b>a</b><span> </span><i>b</i>", "a b"),
        ("a<br>b<p>c<p>d", "a\nb\nc\nd"),
        ("<ul><li>one<li><p>two<li></ul>", "- one\n- two"),
        ("<table><tr><th>a<th>b<tr><td><p>c</p><p>d</p><td>e</table>", "a | b\nc d | e"),
        ("<table><tr><td><h2>Title</h2><td><p>left</table>", "Title\nleft"),  # a table that only places
        ("<table role=presentation><tr><td>a<td>b</table>", "a\nb"),
        ("<pre>for x:\n    y  z\n\n</pre>after", "for x:\n    y  z\n\n\nafter"),
        ("a&nbsp;b<script>no</script><style>no</style><template>no</template><!-- no -->", "a b"),
        ("<math><mfrac><mn>1</mn><mi>x</mi></mfrac></math>", r"$\frac{1}{x}$"),
    ],
)
def test_inner_text(body: str, text: str) -> None:
    tree = read(body)
    assert tree.inner_text(tree.root) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<h1>A</h1><h3>B <i>c</i></h3><h2></h2>p", "# A\n### B c\np"),
        ("<ol start=3 type=a><li>x<li><p>y<li value=9>z</ol>", "c. x\nd. y\ni. z"),
        ("<ol><li>x<ol type=i><li>y</ol><li>z</ol>", "1. x\ni. y\n2. z"),
        ("<img src=a.png alt='A b'> t <img src=b.png title=B><img src=a.png>", "[img1: A b] t [img2: B] [img1]"),
        ("<nav>menu</nav><p>text</p><footer>foot</footer>", "text"),
        ('<main><h2 class="anchorWithStickyNavbar">Loops</h2><p>text</p></main>', "## Loops\ntext"),
    ],
)
def test_document(body: str, text: str) -> None:
    assert read(body).document() == text


def test_document_keeps_a_budget_of_whole_lines() -> None:
    tree = read("<p>word word</p>" * 100)
    assert tree.document(max_tokens=6) == "word word\nword word"
    assert read("<p>" + "题" * 50).document(max_tokens=20) == ""


def test_text_leaves_the_title_to_title() -> None:
    tree = build_tree("<title>Waves – Site</title><h1>Waves</h1><p>They move.", URL)
    assert (tree.title, tree.text()) == ("Waves – Site", "They move.")


PROSE = "<p>Running text that goes on and on, as the text of an article does, with no link in it at all.</p>" * 8
RUNNING = "A line of running text that is long enough to be one, and some more of it."


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (f"<p>By A<p>Nov 1</p><p>{RUNNING}<p>Yes.<p>{RUNNING}<p>Back", f"{RUNNING}\nYes.\n{RUNNING}"),
        (f"<p>{RUNNING}<p><a href=x>More of this</a><p>So <a href=y>it</a> is.<p>{RUNNING}", f"{RUNNING}\nSo it is.\n{RUNNING}"),
        (f"<p>{RUNNING}<figure><img src=a.png><figcaption>{RUNNING[2:]}</figcaption></figure><p>{RUNNING}", f"{RUNNING}\n{RUNNING}"),
        (f"<p>{RUNNING}<select><option>one<option>two</select> <button>Go</button><p>{RUNNING}", f"{RUNNING}\n{RUNNING}"),
        ("<p>Short", "Short"),
    ],
)
def test_running_text(body: str, text: str) -> None:
    assert read(body).text() == text


def test_folding_frames_of_wikis_are_no_navigation() -> None:
    frame = "<div class=NavFrame><div class=NavHead>Solution</div><div class=NavContent style='display:none'>x = 2</div></div>"
    assert read(f"<div>{PROSE}</div>{frame}").document().endswith("Solution\nx = 2")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>a <!-- <b>no</b> --> b</p>", "a b"),
        ("<p x<y=1 class=q>a</p><p>b", "a\nb"),  # a '<' in an attribute's name
        ("<p title='a>b &quot;c&quot; <d>'>a</p>", "a"),
        ("<div hidden><div>no</div><script>'</div>'</script></div>yes", "yes"),
        ("<xmp><b>raw</b></xmp>", "<b>raw</b>"),
        ("<iframe><p>no</p></iframe>yes", "yes"),
        ("a &lt;b&gt; &amp;amp; &nbsp; c", "a <b> &amp; c"),
        ("<table><colgroup><col></colgroup><tr><td>a<td>b</table>", "a | b"),
    ],
)
def test_markup_is_read_as_the_parser_writes_it(body: str, text: str) -> None:
    tree = read(body)
    assert tree.inner_text(tree.root) == text


def test_attributes_are_unescaped() -> None:
    (image,) = read("<img src='a.png?x=1&amp;y=2' alt='&quot;A&quot; &lt; B&nbsp;&amp;'>").images
    assert (image.url, image.alt) == ("http://x.example/dir/a.png?x=1&y=2", '"A" < B\xa0&')


def test_nodes_stand_in_document_order_with_their_ends() -> None:
    tree = read("<h2>A</h2><div><p>b <i>c</i></p></div><p>d")
    for index, node in enumerate(tree.nodes):
        assert node.index == index
        assert all(child.parent is node and node.index < child.index < child.end <= node.end for child in node.children)
    heading = next(node for node in tree.nodes if node.tag == "h2")
    assert (heading.role, heading.level, heading.end) == ("heading", 2, heading.index + 2)
    assert heading != next(node for node in tree.nodes if node.tag == "p")


@pytest.mark.parametrize(
    ("body", "texts", "folded"),
    [
        ("<details><summary>Solution</summary>x=2</details>", ["Solution", "x=2"], ["Solution", "x=2"]),
        ("<div class=my-answer style='display: none'>4</div>", ["4"], ["4"]),
        ("<div id=zz hidden>5</div><button aria-controls=zz>Show</button>", ["5", "Show"], ["5"]),
        ("<div id=q7 style='display:none'>5</div><a onclick=\"show('q7')\">S</a>", ["5", "S"], ["5"]),
        ("<div id=q hidden>5</div><a onclick=\"show('q7')\">S</a>", ["S"], []),
        ("<div role=tabpanel aria-hidden=true>p</div>", ["p"], ["p"]),
        ("<div class='collapse in'>p</div>", ["p"], ["p"]),
        ("<div hidden>no</div><i aria-hidden=true>no</i><p style='color:red;visibility:hidden'>no</p>yes", ["yes"], []),
    ],
)
def test_folded_content_is_kept_and_hidden_content_is_not(body: str, texts: list[str], folded: list[str]) -> None:
    words = [node for node in read(body).nodes if node.tag == "#text"]
    assert [node.text for node in words] == texts
    assert [node.text for node in words if node.collapsed] == folded


@pytest.mark.parametrize(
    ("body", "urls"),
    [
        ("<img src=a.png><img src=/b.png><img src=//y.example/c.png><img src=a.png>", ["/dir/a.png", "/b.png", "http://y.example/c.png"]),
        ("<base href='http://b.example/z/'><img src=a.png>", ["http://b.example/z/a.png"]),
        ("<img src='data:image/gif;base64,R0' data-src=real.png>", ["/dir/real.png"]),
        ("<img src=s.png srcset='m.png 2x, l.png 3x'>", ["/dir/l.png"]),
        ("<picture><source srcset='w.webp 300w, v.webp 900w'><img src=s.png></picture>", ["/dir/v.webp"]),
        ("<img data-src=a.png alt=x><noscript><img src=a-full.png alt=x></noscript>", ["/dir/a.png"]),
        ("<noscript><img src=a-full.png alt=x></noscript><img class=lazy data-src=a.png alt=x>", ["/dir/a.png"]),
        ("<noscript><img src=a.png></noscript>", ["/dir/a.png"]),
        ("<object data=o.svg></object><embed src=e type=image/png><object data=film.swf></object>", ["/dir/o.svg", "/dir/e"]),
        ("<img src=pixel.gif width=1 height=1><img><img src='javascript:x'><img src='http://[bad'>", []),
        ("<img src='data:image/png;base64,AAAA'>", ["data:image/png;base64,AAAA"]),
        ("<svg width=16 height=16><path d='M0'/></svg>", []),  # an icon
        ("<div role=img style=\"background-image: url('bg.png')\"></div>", ["/dir/bg.png"]),
        ("<picture><source srcset=a.webp><source data-srcset='b.webp 2x'><img data-src=s.png></picture>", ["/dir/b.webp"]),
        ("<img src=s.png data-srcset='m.png 300w, l.png 1200w' srcset='t.gif 1w'>", ["/dir/l.png"]),
        ("<img src=blank.gif data-original=o.jpg><noscript><img src=o.jpg></noscript>", ["/dir/o.jpg"]),
        ("<object data=o.png type=image/png><img src=fallback.png></object>", ["/dir/o.png", "/dir/fallback.png"]),
        ("<div aria-hidden=true><img src=no.png></div><details><img src=folded.png></details>", ["/dir/folded.png"]),
    ],
)
def test_images(body: str, urls: list[str]) -> None:
    wanted = [url if ":" in url else f"http://x.example{url}" for url in urls]
    assert [image.url for image in read(body).images] == wanted


def test_an_image_knows_its_words() -> None:
    (image,) = read(
        "<figure><img src=a.png alt=' A ' title=T width=30px height=auto><figcaption>Fig. <b>1</b></figcaption></figure>"
    ).images
    assert (image.alt, image.title, image.caption, image.width, image.height) == ("A", "T", "Fig. 1", 30, None)


def test_inline_svg_is_an_image_with_its_text() -> None:
    tree = read('<p>x</p><svg viewBox="0 0 200 90"><text>AB</text><path d="M0 0"/></svg>')
    (image,) = tree.images
    assert image.url.startswith("data:image/svg+xml;base64,")
    assert image.alt == "AB"
    assert tree.nodes[image.node].image is image
    assert tree.inner_images(tree.root) == [image]
    assert tree.inner_images([tree.nodes[image.node - 1]]) == []


@pytest.mark.parametrize(
    ("body", "kept", "dropped"),
    [
        (f"<nav>MENU</nav><div class='site-footer'>FOOT</div>{PROSE}", "Running", "MENU FOOT"),
        (f"<div class='thread-12 reading gradient'>TEXT</div>{PROSE}", "TEXT", ""),  # they hold 'ad', not the word
        (f"<header><a href=/>SITE</a></header><article><header><h1>HEAD</h1></header>{PROSE}</article>", "HEAD", "SITE"),
        (f"<div>{PROSE}</div><ul>{'<li><a href=x>LINKED</a>' * 5}</ul>", "Running", "LINKED"),
        (f"<div>{PROSE}</div><div>We use cookies, as you may know, and this text says so at some length here.</div>", "Running", "cookies"),
        (f"<div class=question><p>ASKED?</p></div><div>{PROSE}</div>", "ASKED", ""),
        (f"<div>{PROSE}<h3>LONE</h3><div class=related>OTHER</div></div>", "Running", "LONE OTHER"),
        ("<p class=footer>ONLY</p>", "", "ONLY"),
    ],
)
def test_boilerplate_is_marked(body: str, kept: str, dropped: str) -> None:
    tree = read(body)
    document, everything = tree.document(), tree.inner_text(tree.root)
    assert all(word in document for word in kept.split())
    assert not any(word in document for word in dropped.split())
    assert all(word in everything for word in (kept + " " + dropped).split())


@pytest.mark.parametrize(
    "html",
    [
        "",
        b"",
        "\0",
        b"\xff\xfe\x00",
        "<",
        "<frameset><frame src=x></frameset>",
        "<svg><p>x",
        "<table><td>a<table>",
        "<img srcset=',, 1x' src=' '>",
        "<ol start=x><li value=999999999999>y",
        "<h1 aria-level=9 role=heading>",
        "<base href='http://['><img src=a>",
        "<math><msup></math>",
        "\ud800",
    ],
)
def test_never_raises(html: str | bytes) -> None:
    tree = build_tree(html, "not a url")
    assert tree.document() is not None
    assert tree.text() is not None
    assert tree.root.end == len(tree.nodes)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + "deep",
        "<b><p>" * 8_000 + "deep",
        "<table><tr><td>" * 20_000 + "deep",
        "<div></x>" * 50_000 + "deep",
        "<select>" + "<option>x" * 200_000 + "</select>deep",
        "<x a='" * 50_000,
        "<!--" * 50_000,
    ],
    ids=["nested", "misnested", "tables", "stray closings", "options", "quotes", "comments"],
)
def test_markup_bombs_take_a_moment(html: str) -> None:
    started = time.process_time()
    tree = build_tree(html, URL)
    assert ("deep" in tree.inner_text(tree.root)) == html.endswith("deep")
    assert time.process_time() - started < 5


def test_too_much_html_is_refused() -> None:
    with pytest.raises(TreeTooComplex, match="30000001 characters"):
        build_tree("x" * 30_000_001, URL)


def test_the_charset_of_the_header_is_honoured() -> None:
    assert build_tree("<p>żółw".encode("iso-8859-2"), URL, "iso-8859-2").text() == "żółw"
    assert build_tree("<meta charset=iso-8859-2><p>żółw".encode("iso-8859-2"), URL).text() == "żółw"


@pytest.mark.shared
def test_the_words_of_real_questions_survive(shared: Path) -> None:
    lines = (shared / "corpus/gold.jsonl").read_bytes().splitlines()
    gold = {row["page_id"]: row["qa"] for row in map(orjson.loads, lines)}
    manifest = map(orjson.loads, (shared / "corpus/manifest.jsonl").read_bytes().splitlines())
    kept = total = 0
    for page in [page for page in manifest if page["page_id"] in gold and not page["js_needed"]][::5]:
        document = set(build_tree((shared / "corpus" / page["file"]).read_bytes(), page["url"]).document().lower().split())
        wanted = {word for pair in gold[page["page_id"]] for word in pair["question"].lower().split() if word.isalpha()}
        kept, total = kept + len(wanted & document), total + len(wanted)
    assert kept / total > 0.97
