"""Saved sites answer by URL, whatever the spelling, and never with a file from outside."""

import asyncio
import gzip
import os
import zipfile
import zlib
from pathlib import Path

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.providers.saved import SavedWeb

BOMB = gzip.compress(bytes(60_000_000), 1)
PAGE = b"<!doctype html><html><body>page</body></html>"


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    root = tmp_path / "sites"
    files = {
        "a.example/index.html": PAGE,
        "a.example/unit/index.html": PAGE,
        "a.example/unit/fig 1.png": b"png",
        "a.example/zażółć, gęślą.html": PAGE,
        "a.example/plain": PAGE,
        "a.example/notes": b"just text",
        "a.example/view.php?id=3": PAGE + b"3",
        "a.example/view.php": PAGE,
        "a.example/old.html.gz": gzip.compress(PAGE),
        "a.example/bomb.html.gz": BOMB,
        "b.example/deep/x.xhtml": PAGE,
        "b.example/style.css": b"a{}",
        "secret.html": b"outside",
    }
    for name, body in files.items():
        path = (tmp_path if name == "secret.html" else root) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    (root / "b.example" / "out.html").symlink_to(tmp_path / "secret.html")
    (root / "b.example" / "loop").symlink_to(root / "b.example" / "loop")
    os.mkfifo(root / "b.example" / "pipe.html")
    return root


@pytest.mark.parametrize(
    ("url", "final_url"),
    [
        ("http://a.example/index.html", None),
        ("https://A.EXAMPLE:443/index.html#top", "https://a.example/index.html"),
        ("http://a.example", "http://a.example/"),
        ("http://a.example/unit", "http://a.example/unit/"),
        ("http://a.example/unit/fig%201.png", None),
        ("http://a.example/za%C5%BC%C3%B3%C5%82%C4%87%2C%20g%C4%99%C5%9Bl%C4%85.html", None),
        ("http://a.example/zażółć, gęślą.html", "http://a.example/za%C5%BC%C3%B3%C5%82%C4%87,%20g%C4%99%C5%9Bl%C4%85.html"),
        ("http://a.example/za%c5%bco\u0301%C5%82c\u0301, g%C4%99\u015bl%C4%85.html", "http://a.example/za%c5%bco%CC%81%C5%82c%CC%81,%20g%C4%99%C5%9Bl%C4%85.html"),
        ("http://a.example/index.html?utm_source=x", None),
        ("http://a.example/view.php?id=4", None),
        ("http://a.example/view.php%3Fid=3", None),
        ("http://a.example/old.html", None),
        ("http://a.example/old.html.gz", None),
        ("http://a.example/unit/../plain", "http://a.example/plain"),
    ],
)  # fmt: skip
def test_found(sites: Path, url: str, final_url: str | None):
    fetched = SavedWeb([sites]).read(url)
    assert (fetched.error, fetched.status) == (None, 200)
    assert fetched.final_url == (final_url or url)
    assert fetched.body


def test_query_of_a_file_name_wins(sites: Path):
    web = SavedWeb([sites])
    assert web.read("http://a.example/view.php?id=3").body == PAGE + b"3"
    assert web.read("http://a.example/view.php?id=4").body == PAGE


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/none.html",
        "http://www.a.example/index.html",
        "http://a.example:8080/index.html",
        "http://b.example/",
        "http://b.example/out.html",
        "http://b.example/loop",
        "http://b.example/pipe.html",
        "http://a.example/../secret.html",
        "http://a.example/..%2F..%2Fsecret.html",
        "http://a.example/%2e%2e/secret.html",
        "http://a.example/unit%2Findex.html",
        "http://a.example/..%5Csecret.html",
        "http://a.example//etc/passwd",
        "http://a.example/plain?/../../secret.html%00",
        "http://a.example/index.html%00.png",
        "http://a.example/" + "a" * 5000,
        "http://a.example/" + "a/" * 5000,
        "http://a.example/%FF%FE",
        "http://../secret.html",
        "http:///secret.html",
        "file:///etc/passwd",
        "data:text/html,x",
        "http://[::1",
        "",
        "\ud800",
    ],
)
def test_not_saved(sites: Path, url: str):
    fetched = asyncio.run(SavedWeb([sites]).fetch(url))
    if "plain?" in url:  # a hostile query is a query: the page without it answers
        assert fetched.body == PAGE
    else:
        assert (fetched.error, fetched.body) == ("not_saved", None)


def test_pages_in_order(sites: Path):
    assert [url.removeprefix("http://") for url in SavedWeb([sites, sites]).pages()] == [
        "a.example/bomb.html",
        "a.example/index.html",
        "a.example/old.html",
        "a.example/plain",
        "a.example/view.php",
        "a.example/view.php%3Fid%3D3",
        "a.example/za%C5%BC%C3%B3%C5%82%C4%87%2C%20g%C4%99%C5%9Bl%C4%85.html",
        "a.example/unit/index.html",
        "b.example/deep/x.xhtml",
    ]


def test_too_large(sites: Path):
    with (sites / "a.example" / "huge.html").open("wb") as file:
        file.truncate(50_000_001)
    web = SavedWeb([sites])
    assert web.read("http://a.example/huge.html").error == "too_large"
    assert web.read("http://a.example/bomb.html").error == "too_large"


def test_identity_tells_changes(sites: Path):
    before = SavedWeb([sites]).identity()
    assert SavedWeb([sites]).identity() == before
    (sites / "a.example" / "plain").write_bytes(PAGE + b"!")
    assert SavedWeb([sites]).identity() != before


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere", "does not exist"),
        ("sites/a.example", "folder of one host"),
        ("secret.html", "no saved site"),
        ("empty", "no folder named"),
        ("x.zip", "WACZ"),
    ],
)
def test_wrong_paths_are_told(sites: Path, tmp_path: Path, name: str, says: str):
    (tmp_path / "empty").mkdir()
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr("a.txt", "a")
    with pytest.raises(VwiError, match=says) as raised:
        SavedWeb([tmp_path / name])
    assert str(tmp_path / name) in str(raised.value)
    assert "pass " in str(raised.value)


def chunked(body: bytes) -> bytes:
    return b"%x;ext=1\r\n%b\r\n" % (5, body[:5]) + b"%X\r\n%b\r\n0\r\n\r\n" % (len(body) - 5, body[5:])


def record(kind: str, url: str, block: bytes, *more: str, date: str = "2026-01-01T00:00:00Z") -> bytes:
    head = ["WARC/1.1", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", f"WARC-Date: {date}", f"Content-Length: {len(block)}", *more]
    return "\r\n".join([*head, "", ""]).encode() + block + b"\r\n\r\n"


def response(path: str, body: bytes, *headers: str, status: str = "200 OK", date: str = "2026-01-01T00:00:00Z") -> bytes:
    head = [f"HTTP/1.1 {status}", "Content-Type: text/html; charset=ISO-8859-2", *headers]
    return record("response", f"http://a.example/{path}", "\r\n".join([*head, "", ""]).encode() + body, date=date)


GZIPPED, DEFLATED, CHUNKED = "Content-Encoding: gzip", "Content-Encoding: deflate", "Transfer-Encoding: chunked"
RECORDS = [
    record("warcinfo", "", b"software: a test\r\n"),
    record("request", "http://a.example/page", b"GET /page HTTP/1.1\r\n\r\n"),
    response("old", b"", "Location: /page", status="301 Moved"),
    response("loop", b"", "Location: /loop", status="302 Found"),
    response("page", PAGE + b"newer", date="2026-02-01T00:00:00Z"),
    response("page", PAGE),
    response("page", b"gone", status="404 Not Found", date="2026-03-01T00:00:00Z"),
    response("za%c5%bc,.html", gzip.compress(PAGE), GZIPPED),
    response("z", zlib.compress(PAGE), DEFLATED),
    response("raw", zlib.compress(PAGE)[2:-4], DEFLATED),
    response("chunked", chunked(gzip.compress(PAGE)), GZIPPED, CHUNKED),
    response("undone", PAGE, GZIPPED, CHUNKED),
    response("bomb", BOMB, GZIPPED),
    response("odd", PAGE, "Content-Encoding: br"),
    response("gone", PAGE, status="404 Not Found"),
    record("resource", "http://a.example/fig.png", bytes(range(256)) * 2000, "Content-Type: image/png"),
    record("revisit", "<http://a.example/again>", b"HTTP/1.1 200 OK\r\n\r\n", "WARC-Refers-To-Target-URI: http://a.example/page"),
    record("resource", "dns:a.example", b"127.0.0.1", "Content-Type: text/dns"),
    response("last", PAGE + bytes(100_000)),
]


def warc(compress: bool) -> bytes:
    return b"".join(gzip.compress(each) if compress else each for each in RECORDS)


@pytest.fixture(params=["a.warc", "a.warc.gz", "a.wacz", "deflated.wacz", "whole.warc.gz"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / request.param
    body = warc(request.param in ("a.warc.gz", "a.wacz", "deflated.wacz"))
    if path.suffix == ".wacz":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if path.stem == "deflated" else zipfile.ZIP_STORED) as wacz:
            wacz.writestr("datapackage.json", "{}")
            wacz.writestr("archive/data.warc.gz", body)
    else:
        path.write_bytes(gzip.compress(body) if path.stem == "whole.warc" else body)
    return path


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("page", PAGE + b"newer", None),
        ("page#x", PAGE + b"newer", None),
        ("old", PAGE + b"newer", None),
        ("again", PAGE + b"newer", None),
        ("zaż%2C.html", PAGE, None),
        ("z", PAGE, None),
        ("raw", PAGE, None),
        ("chunked", PAGE, None),
        ("undone", PAGE, None),
        ("bomb", None, "too_large"),
        ("odd", None, "bad_encoding"),
        ("fig.png", bytes(range(256)) * 2000, None),
        ("last", PAGE + bytes(100_000), None),
        ("loop", None, "not_saved"),
        ("Page", None, "not_saved"),
    ],
)
def test_archives_answer(archive: Path, path: str, body: bytes | None, error: str | None):
    fetched = SavedWeb([archive]).read(f"https://a.example/{path}")
    assert (fetched.body, fetched.error) == (body, error)


def test_archive_heads_and_pages(archive: Path):
    web = SavedWeb([archive])
    page = web.read("http://a.example/old")
    assert (page.final_url, page.status, page.content_type, page.charset) == ("http://a.example/page", 200, "text/html", "ISO-8859-2")
    gone = web.read("http://a.example/gone")
    assert (gone.status, gone.body) == (404, PAGE)
    names = [url.rpartition("/")[2] for url in web.pages()]
    assert names == ["again", "bomb", "chunked", "last", "odd", "page", "raw", "undone", "z", "za%c5%bc,.html"]
    assert web.problems == []


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_damage_is_told_and_the_rest_used(tmp_path: Path, name: str):
    path, whole = tmp_path / name, warc(name.endswith("gz"))
    path.write_bytes(whole[:-40])
    cut = SavedWeb([path])
    assert cut.read("http://a.example/page").body == PAGE + b"newer"
    assert cut.read("http://a.example/last").error == "not_saved"
    assert [problem.partition(":")[0] for problem in cut.problems] == [name]
    assert "ends inside" in cut.problems[0]

    if name.endswith("gz"):
        second = whole.index(b"\x1f\x8b\x08", 10)
        path.write_bytes(whole[: second + 30] + b"\xff" * 40 + whole[second + 70 :])
    else:
        path.write_bytes(whole[:9] + whole[9:].replace(b"WARC/1.1", b"WORC/1.1", 1))
    torn = SavedWeb([path])
    assert torn.read("http://a.example/last").body == PAGE + bytes(100_000)
    assert torn.problems
    assert all("at byte" in problem for problem in torn.problems)


@pytest.mark.shared
def test_every_saved_page_is_listed_and_read(shared: Path):
    import json

    lines = (shared / "corpus" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    wanted = {json.loads(line)["url"] for line in lines}
    web = SavedWeb([shared / "corpus" / "sites"])
    assert set(web.pages()) == wanted
    assert [url for url in sorted(wanted) if web.read(url).error] == []
