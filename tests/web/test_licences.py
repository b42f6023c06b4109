"""Licence hints: where pages state them, and in which spelling they are kept."""

import pytest

from vwi_lake.web.licences import LONGEST, MOST, Licence, licences_of

CC = "https://creativecommons.org/licenses/"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f'<a rel="license" href="{CC}by-sa/4.0/deed.de">x</a>', [("CC BY-SA 4.0", "rel")]),
        ('<link rel="license" href="//creativecommons.org/licenses/by/3.0/us/">', [("CC BY 3.0", "rel")]),
        ('<a rel="nofollow LICENSE" href="/terms#use">x</a>', [("https://a.org/terms#use", "rel")]),
        ('<a rel="license">All rights\n reserved</a>', [("All rights reserved", "rel")]),
        ('<a href="http://creativecommons.org/publicdomain/zero/1.0/">x</a>', [("CC0 1.0", "link")]),
        ('<a href="https://creativecommons.org/publicdomain/mark/1.0/">x</a>', [("Public Domain Mark 1.0", "link")]),
        ('<a href="https://creativecommons.org/about">x</a>', []),
        ('<a href="https://evil.org/?u=creativecommons.org/licenses/by/4.0">x</a>', []),
        (f'<div itemscope><link itemprop="license" href="{CC}by-nc-nd/4.0/"></div>', [("CC BY-NC-ND 4.0", "schema.org")]),
        (f'<script type="application/ld+json">{{"@graph": [{{"license": "{CC}by/4.0/"}}]}}</script>', [("CC BY 4.0", "schema.org")]),
        (
            '<script type="application/ld+json">[{"license": {"@id": "https://a.org/l"}}, {"license": ["MIT", 3]}]</script>',
            [("https://a.org/l", "schema.org"), ("MIT", "schema.org")],
        ),
        ('<script type="application/ld+json">{"license": </script>', []),
        ('<script type="application/ld+json">' + "[" * 100_000 + "</script>", []),
        ('<meta name="DC.rights" content="(c) A. Author"><meta name="rights" content="x">', [("(c) A. Author", "dublin_core")]),
        (f'<a href="{CC}by/4.0/">x</a><a rel="license" href="{CC}by/4.0/">x</a>', [("CC BY 4.0", "rel")]),
        ('<a rel="license" href="">x</a><a rel=license href="http://[">', [("x", "rel"), ("http://[", "rel")]),
        ("<p>no licence</p>", []),
    ],
)
def test_hints(html, expected):
    assert licences_of(html, "https://a.org/page") == [Licence(*one) for one in expected]


def test_hints_are_few_and_short():
    html = "".join(f'<meta name="dc.rights" content="{n} {"x" * 1000}">' for n in range(50))
    found = licences_of(html, "https://a.org/")
    assert len(found) == MOST
    assert {len(one.licence) for one in found} == {LONGEST}
