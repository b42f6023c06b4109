import json
import re
from pathlib import Path

import pytest

from vwi_lake.web.urls import canonical, host_of, registered_domain


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("HTTP://Example.COM:80/A/../B?q=1#top", None, "http://example.com/B?q=1"),
        ("https://example.com:443", None, "https://example.com/"),
        ("https://example.com/#", None, "https://example.com/"),
        ("https://example.com/Case/Sensitive.PDF", None, "https://example.com/Case/Sensitive.PDF"),
        ("  https://example.com/a b\n", None, "https://example.com/a%20b"),
        ("https://bücher.example/ä", None, "https://xn--bcher-kva.example/%C3%A4"),
        ("http://0x7f.1/", None, "http://127.0.0.1/"),
        ("img/a.png", "https://example.com/course/unit1/", "https://example.com/course/unit1/img/a.png"),
        ("img/a.png", "https://example.com/course/unit1", "https://example.com/course/img/a.png"),
        ("//cdn.example/a.png", "https://example.com/", "https://cdn.example/a.png"),
        ("?p=2", "https://example.com/a?p=1#x", "https://example.com/a?p=2"),
        ("", "https://example.com/a?p=1#x", "https://example.com/a?p=1"),
        ("http://example.com/?utm_source=x", None, "http://example.com/?utm_source=x"),
        ("https://user:pw@example.com/", None, "https://user:pw@example.com/"),
    ],
)
def test_one_spelling_per_address(url, base, expected):
    assert canonical(url, base) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("", None),
        ("a/b", None),
        ("a/b", "not a base"),
        ("http://", None),
        ("http://a b/", None),
        ("http://[::1", None),
        ("http://1.2.3.256/", None),
        ("http://example.com:99999/", None),
        ("ftp://example.com/", None),
        ("mailto:a@example.com", "https://example.com/"),
        ("javascript:alert(1)", "https://example.com/"),
        ("data:image/png;base64,AA==", "https://example.com/"),
        ("file:///etc/passwd", None),
        ("http://\ud800.example/", None),
    ],
)
def test_what_is_no_web_address_is_refused(url, base):
    with pytest.raises(ValueError):
        canonical(url, base)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("WwW.Example.COM", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("co.uk", None),
        ("com", None),
        ("user.github.io", "user.github.io"),
        ("github.io", None),
        ("www.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"),
        ("a.city.kobe.jp", "city.kobe.jp"),
        ("example.com.", "example.com"),
        (".example.com", None),
        ("a..com", None),
        ("", None),
        ("10.1.2.3", None),
        ("[2001:db8::1]", None),
        ("unknown.made-up-tld", "unknown.made-up-tld"),
    ],
)
def test_registered_domain(host, expected):
    assert registered_domain(host) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://User@EXAMPLE.com:8443/a", "example.com"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
        ("http://[2001:DB8::1]:80/", "[2001:db8::1]"),
    ],
)
def test_host_of(url, expected):
    assert host_of(url) == expected


@pytest.mark.shared
def test_web_platform_cases(shared: Path):
    for case in json.loads((shared / "suites/url/urltestdata.json").read_text(encoding="utf-8")):
        href = None if case.get("failure") else case["href"].split("#")[0]
        expected = href if href and href.startswith(("http:", "https:")) else None
        try:
            got = canonical(case["input"], case.get("base"))
        except ValueError:
            got = None
        assert got == expected, case
        assert got is None or canonical(got) == got


@pytest.mark.shared
def test_public_suffix_cases(shared: Path):
    lines = (shared / "suites/psl/test_psl.txt").read_text(encoding="utf-8").splitlines()
    cases = [found.groups() for line in lines if (found := re.match(r"checkPublicSuffix\('(.*)', (.*)\);", line))]
    assert len(cases) > 50
    for host, expected in cases:
        want = None if expected == "null" else expected.strip("'").encode("idna").decode()
        assert registered_domain(host) == want, host
