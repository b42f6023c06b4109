"""Licences as pages name them."""

import pytest

from vwi_lake.web.licences import licence_of, may_name_one

CC = "https://creativecommons.org/licenses/by-sa/4.0/"


@pytest.mark.parametrize(
    ("html", "link_header", "expected"),
    [
        (f'<link rel="license" href="{CC}">', "", CC),
        (f'<a rel="nofollow License" href="{CC}">CC</a>', "", CC),
        ('<a rel="license" href="/terms">ours</a>', "", "https://a.example/terms"),
        (f'<p>Under <a href="{CC}">CC BY-SA</a></p>', "", CC),
        ('<a href="https://creativecommons.org/about">about them</a>', "", None),
        (f'<script type="application/ld+json">{{"@type": "Quiz", "license": "{CC}"}}</script>', "", CC),
        (f'<script type="application/ld+json">{{"license": {{"@type": "CreativeWork", "url": "{CC}"}}}}</script>', "", CC),
        ('<script type="application/ld+json">{"license": "all rights reserved"}</script>', "", None),
        (f'<meta itemprop="license" content="{CC}">', "", CC),
        (f'<span about="" property="cc:license" resource="{CC}">CC</span>', "", CC),
        ("<p>no word of it</p>", f'<{CC}>; rel="license"', CC),
        ("<p>no word of it</p>", f'</next>; rel="next", <{CC}>; title="x"; rel=license', CC),
        (f'<a rel="license" href="/terms">ours</a> <a href="{CC}">a picture\'s</a>', "", "https://a.example/terms"),
        ('<a rel="license" href="javascript:show()">ours</a>', "", None),
        ('<a rel="license" href="http://[">odd</a>', "", None),
        ("<p>You need a driving licence.</p>", "", None),
    ],
)
def test_licences(html, link_header, expected):
    assert licence_of(html, "https://a.example/page", link_header) == expected


def test_most_pages_need_no_second_look():
    assert may_name_one(b'<a REL="License" href="/x">')
    assert not may_name_one(b"<p>What is a lever?</p>")
