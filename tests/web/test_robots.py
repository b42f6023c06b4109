import json
import time
from pathlib import Path

import pytest

from vwi_lake.web.robots import allowed, crawl_delay, opt_out, reserved

RULES = b"""\xef\xbb\xbf# comment
User-agent: otherbot
Disallow: /

User-agent: vwi_lake and friends
Disallow: /private/
Allow: /private/open/
Disallow: /*.pdf$
Crawl-delay: 2.5

User-agent: *
Disallow: /all/
"""


@pytest.mark.parametrize(
    ("agent", "url", "expected"),
    [
        ("vwi_lake", "https://a.example/", True),
        ("vwi_lake", "https://a.example/private/x", False),
        ("vwi_lake", "https://a.example/private/open/x", True),
        ("vwi_lake", "https://a.example/a.pdf", False),
        ("vwi_lake", "https://a.example/a.pdf?x", True),
        ("vwi_lake", "https://a.example/all/", True),
        ("somebot", "https://a.example/all/", False),
        ("otherbot", "https://a.example/", False),
        ("OtherBot", "https://a.example/robots.txt", True),
    ],
)
def test_allowed(agent, url, expected):
    assert allowed(RULES, agent, url) is expected


def test_crawl_delay():
    assert crawl_delay(RULES, "vwi_lake") == 2.5
    assert crawl_delay(RULES, "somebot") is None


@pytest.mark.parametrize(
    "body", [b"", b"\x00\xff\xfe", b"<html><body>Not found</body></html>", b"Disallow: /\n", b"User-agent:\nDisallow: /\n"]
)
def test_no_rules_allow_everything(body):
    assert allowed(body, "vwi_lake", "https://a.example/x") is True


def test_long_and_hostile_rules_cost_little():
    started = time.monotonic()
    huge = b"User-agent: *\nDisallow: /x\n" + b"# filler\n" * 200_000 + b"Disallow: /\n"
    assert allowed(huge, "vwi_lake", "https://a.example/y") is True  # beyond 500 KiB nothing is read
    stars = b"User-agent: *\nDisallow: /" + b"*a" * 30 + b"*b\n"
    allowed(stars, "vwi_lake", "https://a.example/" + "a" * 60)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("headers", "meta", "expected"),
    [
        ({}, [], None),
        ({"x-robots-tag": "noindex, nofollow"}, ["index"], None),
        ({"x-robots-tag": "noindex, NoAI"}, [], "noai"),
        ({"x-robots-tag": "noimageai"}, ["noai"], "noimageai"),
        ({}, ["index, follow", "noai, noimageai"], "noai"),
        ({"x-robots-tag": "unavailable_after: 25 Jun 2030 15:00:00 PST, noai"}, [], "noai"),
        ({"x-robots-tag": "otherbot: noindex, noai"}, [], None),
        ({"x-robots-tag": "vwi_lake: noai"}, [], "noai"),
        ({"x-robots-tag": "otherbot: noindex\nnoai"}, [], "noai"),  # two headers: the second is for all
        ({"tdm-reservation": "1"}, [], "tdm-reservation"),
        ({"tdm-reservation": "0"}, [], None),
        ({"tdm-reservation": "1"}, ["tdm-reservation: 0"], None),
        ({}, ["tdm-reservation: 1"], "tdm-reservation"),
        ({}, ["noaim, nonoai"], None),
    ],
)
def test_opt_out(headers, meta, expected):
    assert opt_out(headers, meta, user_agent="vwi_lake") == expected


TDMREP = b"""[{"location": "/open/*", "tdm-reservation": 0}, {"location": "/*.png$", "tdm-reservation": "1"},
{"location": "papers/", "tdm-reservation": 1, "tdm-policy": "https://a.example/policy"}, {"location": 7}, "odd"]"""


@pytest.mark.parametrize(
    ("tdmrep", "path", "expected"),
    [
        (TDMREP, "/papers/1", True),
        (TDMREP, "/open/1", False),
        (TDMREP, "/other", False),
        (TDMREP, "/x.png", True),
        (TDMREP, "/x.png?y", False),
        (b'[{"location": "/", "tdm-reservation": 1}, {"location": "/free/", "tdm-reservation": 0}]', "/free/1", False),
        (b'[{"location": "/a\\nAllow: /", "tdm-reservation": 1}, {"location": "/", "tdm-reservation": 1}]', "/b", True),
        (b"", "/", False),
        (b"<html>", "/", False),
        (b'{"location": "/", "tdm-reservation": 1}', "/", False),
        (b"[" * 100_000, "/", False),
    ],
)
def test_tdmrep(tdmrep, path, expected):
    assert reserved(tdmrep, f"https://a.example{path}") is expected


def test_opt_out_may_be_widened():
    assert opt_out({"x-robots-tag": "noindex"}, [], also=("noindex",)) == "noindex"


@pytest.mark.shared
@pytest.mark.parametrize(("suite", "misses"), [("protego", 0), ("google", 1)])
def test_third_party_cases(shared: Path, suite, misses):
    """Google's miss: an unknown line between two agents joins their groups there, and parts them in protego."""
    cases = json.loads((shared / f"suites/robots/{suite}.json").read_text(encoding="utf-8"))
    wrong = [case["test"] for case in cases if allowed(case["robots"].encode(), case["agent"], case["url"]) != case["allowed"]]
    assert len(wrong) <= misses, wrong
