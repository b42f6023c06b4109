"""The demo's web is what it claims to be: readable pages, images that are there, and the awkwardness we put in on purpose."""

import base64
import json
import re
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import numpy as np
import pdqhash
import pytest
from PIL import Image

from vwi_lake.demo import SEEDS, WEB, diagrams, draw

PAGES = sorted(WEB.rglob("*.html"))
TRUTH = [json.loads(line) for line in (WEB.parent / "truth.jsonl").read_text("utf-8").splitlines()]
MISSING = "http://openchem.example/book/media/catalyst.png"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
WORD = re.compile(r"[^\W_]+")


class Reader(HTMLParser):
    """What the tests need of a page: open tags that stay open, image links, text."""

    def __init__(self, url: str, html: str) -> None:
        super().__init__()
        self.base, self.open, self.faults, self.text, self.images, self.kinds = url, [], [], [], set(), set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        values = dict(attrs)
        self.kinds.add(tag)
        if tag == "base":
            self.base = urljoin(self.base, values["href"])
        if tag in ("img", "source"):
            sources = [values.get("src"), values.get("data-src")]
            sources += [candidate.split()[0] for candidate in (values.get("srcset") or "").split(",") if candidate]
            self.images |= {urljoin(self.base, source) for source in sources if source}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append((tag, self.getpos()))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def url_of(page: Path) -> str:
    return "http://" + page.relative_to(WEB).as_posix()


def path_of(url: str) -> Path:
    parts = urlsplit(url)
    return WEB / parts.netloc / parts.path.lstrip("/")


@cache
def read(page: Path) -> Reader:
    body = page.read_bytes()
    label = re.search(rb"charset=[\"']?([\w-]+)", body).group(1).decode()
    # what browsers do with that label: https://encoding.spec.whatwg.org/#names-and-labels
    return Reader(url_of(page), body.decode({"iso-8859-1": "windows-1252"}.get(label, label)))


def pictures() -> dict[str, bytes]:
    return {str(path.relative_to(WEB.parent)): path.read_bytes() for path in [*WEB.rglob("*"), *SEEDS.iterdir()] if is_picture(path)}


def is_picture(path: Path) -> bool:
    return path.suffix in {".png", ".jpg", ".gif", ".svg"}


@pytest.mark.parametrize("page", PAGES, ids=url_of)
def test_page_is_well_formed(page):
    reader = read(page)
    assert reader.faults == [] and reader.open == []
    assert "title" in reader.kinds and "\ufffd" not in "".join(reader.text)


def test_all_images_are_there_but_one():
    shown = {url for page in PAGES for url in read(page).images if not url.startswith("data:")}
    assert {url for url in shown if not path_of(url).is_file()} == {MISSING}
    files = {path for path in WEB.rglob("*") if is_picture(path)}
    assert files == {path_of(url) for url in shown - {MISSING}}, "every file is shown somewhere"


def test_truth_names_every_page():
    assert sorted(line["url"] for line in TRUTH) == sorted(url_of(page) for page in PAGES)
    hosts = {urlsplit(line["url"]).netloc for line in TRUTH}
    assert len(TRUTH) == 27 and len(hosts) == 8 and all(host.endswith(".example") for host in hosts)


@pytest.mark.parametrize("line", TRUTH, ids=lambda line: line["url"])
def test_truth_is_on_its_page(line):
    reader = read(path_of(line["url"]))
    words = set(WORD.findall("".join(reader.text) + " " + " ".join(reader.text)))  # inline tags join words, blocks part them
    for pair in line["pairs"]:
        assert set(WORD.findall(pair["question"])) <= words
        assert set(WORD.findall(pair["solution"] or "")) <= words
        assert set(pair["question_images"]) <= reader.images


def test_pages_without_pairs_or_solutions():
    without_pairs = {line["url"].rsplit("/", 1)[1] for line in TRUTH if not line["pairs"]}
    unsolved = {line["url"].rsplit("/", 1)[1] for line in TRUTH if line["pairs"] and not any(pair["solution"] for pair in line["pairs"])}
    assert (without_pairs, unsolved) == ({"index.html", "about.html"}, {"HW4.html"})
    assert {line["note"]: line["url"] for line in TRUTH if "note" in line} == {
        "blocked_domain": "http://video.example/watch/ramp.html",
        "opts_out": "http://codeyard.example/gallery/trees.html",
    }


def same_picture(drawn: bytes, kept: bytes) -> bool:
    """Byte for byte, or within what another build of zlib, libjpeg or FreeType makes of the same strokes."""
    if drawn == kept:
        return True
    one, other = (Image.open(BytesIO(content)).convert("RGB") for content in (drawn, kept))
    return one.size == other.size and float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean()) < 2


def test_draw_makes_what_is_kept():
    drawn = {f"web/{name}": content for name, content in draw.web_images().items()}
    drawn |= {f"seeds/{name}": content for name, content in draw.seed_images().items()}
    kept = pictures()
    assert drawn.keys() == kept.keys()
    broken = "web/physics.northfield.example/Course/img/spring.png"
    assert [name for name in drawn if name != broken and not same_picture(drawn[name], kept[name])] == []
    with pytest.raises(OSError, match="truncated"):
        Image.open(BytesIO(kept[broken])).load()


def test_inline_image_is_the_semicircle():
    page = WEB / "mathe-werkstatt.example/klasse9/pythagoras.html"
    (inline,) = [url for url in read(page).images if url.startswith("data:image/png;base64,")]
    assert same_picture(draw.encode(diagrams.semicircle(), ".png"), base64.b64decode(inline.partition(",")[2]))


@cache
def fingerprint(path: Path) -> tuple[int, ...]:
    with Image.open(path) as image:
        return tuple(pdqhash.compute(np.asarray(image.convert("RGB")))[0])


def lookalikes(seed: Path) -> set[str]:
    """Web images within 64 of PDQ's 256 bits; strangers differ in about 128."""
    drawings = [
        path for path in WEB.rglob("*") if path.suffix in {".png", ".jpg", ".gif"} and path.name not in {"spring.png", "spacer.gif"}
    ]
    distances = {path: sum(a != b for a, b in zip(fingerprint(seed), fingerprint(path), strict=True)) for path in drawings}
    return {path.name for path, distance in distances.items() if distance <= 64}


@pytest.mark.parametrize(
    ("seed", "found"),
    [
        ("triangle.jpg", {"triangle.png", "dreieck.png"}),
        ("triangle-again.jpg", {"triangle.png", "dreieck.png"}),
        ("circuit.png", {"circuit1.png", "circuit.jpg"}),
        ("incline.jpg", {"Incline.png", "plano.jpg", "ramp.jpg"}),
        ("lens.png", {"lens.jpg", "lente.png"}),
        ("titration.png", {"titration-curve.png"}),
        ("cell.jpg", {"cell-330.png", "cell-660.png"}),
        ("tree.jpg", {"bst.png", "drzewo.png", "tree.jpg"}),
        ("parabola.png", {"parabel.png", "paowuxian.png"}),
        ("venn.jpg", {"venn-sports.png", "sets.png"}),
        ("sailboat.jpg", set()),
    ],
)
def test_seed_finds_its_pages(seed, found):
    assert lookalikes(SEEDS / seed) == found


def test_seeds_that_are_special():
    assert (SEEDS / "triangle-again.jpg").read_bytes() == (SEEDS / "triangle.jpg").read_bytes()
    with pytest.raises(OSError, match="cannot identify image"):
        Image.open(SEEDS / "notes.png")
    assert len(list(SEEDS.iterdir())) == 12


@pytest.mark.parametrize(
    ("page", "trait"),
    [
        ("physics.northfield.example/Course/Unit2/HW5.html", b"charset=windows-1252"),
        ("physics.northfield.example/Course/Unit2/HW5.html", b"\xb5F"),  # a micro sign of one byte
        ("physics.northfield.example/index.html", b"utm_source=home&amp;utm_campaign"),
        ("schola.example/pl/drzewa.html", b"charset=iso-8859-2"),
        ("openchem.example/book/acids/titration.html", b'<base href="/book/">'),
        ("openchem.example/book/acids/titration.html", b"http://www.w3.org/1998/Math/MathML"),
        ("openchem.example/book/acids/titration.html", b"<noscript><img"),
        ("openchem.example/book/molecules/organic.html", b"accordion-panel"),
        ("openchem.example/book/kinetics/rates.html", rb"\(\Delta H"),
        ("biologyquiz.example/quiz/cell-structure.html", b'type="radio"'),
        ("biologyquiz.example/quiz/ecosystems.html", b"food-web.gif"),
        ("forum.askproof.example/questions/thread-12.html", b'itemprop="acceptedAnswer"'),
        ("forum.askproof.example/faq.html", b'"@type": "FAQPage"'),
        ("codeyard.example/gallery/trees.html", b'<meta name="robots" content="noai'),
    ],
)
def test_page_has_its_trait(page, trait):
    assert trait in (WEB / page).read_bytes()


def test_json_ld_says_what_the_page_says():
    page = WEB / "forum.askproof.example/faq.html"
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.read_text("utf-8"), re.DOTALL).group(1)
    truth = next(line for line in TRUTH if line["url"] == url_of(page))
    told = [(entity["name"], entity["acceptedAnswer"]["text"]) for entity in json.loads(block)["mainEntity"]]
    assert told == [(pair["question"], pair["solution"]) for pair in truth["pairs"]]


def test_demo_is_small():
    assert sum(path.stat().st_size for path in WEB.parent.rglob("*") if path.is_file() and "__pycache__" not in path.parts) < 1_500_000
