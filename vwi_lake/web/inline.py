"""Images written into a page itself, cut out of its bytes: data: URLs, and drawings as SVG elements."""

import hashlib
import re
from collections.abc import Callable, Iterator
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from vwi_lake.web.images import data_url
from vwi_lake.web.pictures import inline_svg

_DATA_URL = re.compile(rb"data:image/[^\"'<>)]+", re.IGNORECASE)
_SVG_START = re.compile(rb"<svg\b", re.IGNORECASE)
_SVG_END = re.compile(rb"</svg\s*>", re.IGNORECASE)


def without_images(body: bytes, is_gone: Callable[[str], bool]) -> bytes:
    """The page without the images whose bytes' sha256 is gone; an empty data: URL or nothing stands in their place."""

    def cut_url(found: re.Match[bytes]) -> bytes:
        return b"data:," if any(is_gone(sha) for sha in _shas_of_url(found[0])) else found[0]

    body = _DATA_URL.sub(cut_url, body)
    gone = [(start, end) for start, end in _drawings(body) if any(is_gone(sha) for sha in _shas_of_svg(body[start:end]))]
    for start, end in reversed(gone):
        body = body[:start] + body[end:]
    return body


def _drawings(body: bytes) -> Iterator[tuple[int, int]]:
    """Where SVG elements stand; one that is never closed ends the search, else each such would be looked for to the end."""
    at = 0
    while (start := _SVG_START.search(body, at)) and (end := _SVG_END.search(body, start.end())):
        yield start.start(), end.end()
        at = end.end()


def _shas_of_url(written: bytes) -> Iterator[str]:
    url = unescape(written.decode("latin-1"))
    try:
        yield hashlib.sha256(data_url(url)[1]).hexdigest()
    except ValueError:
        return


def _shas_of_svg(markup: bytes) -> Iterator[str]:
    """As the tree keeps it: normalised, in any of the charsets that pages are mostly in."""
    for charset in ("utf-8", "cp1252"):
        try:
            element = LexborHTMLParser(markup.decode(charset)).css_first("svg")
        except UnicodeDecodeError:
            continue
        if element is not None and element.html:
            yield hashlib.sha256(data_url(inline_svg(element.html))[1]).hexdigest()
