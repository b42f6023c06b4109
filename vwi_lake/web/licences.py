"""The licence a page names for itself: a link with rel=license, schema.org's license, or a link to Creative Commons."""

import re
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

_MAY_NAME_ONE = re.compile(rb"licen[cs]e|creativecommons\.org", re.IGNORECASE)
_LINK_HEADER = re.compile(r"<([^>]*)>[^,]*;\s*rel\s*=\s*\"?(?:[^\",;]*\s)?license\b", re.IGNORECASE)
_CREATIVE_COMMONS = re.compile(r"https?://creativecommons\.org/(?:licenses|publicdomain)/[\w.+/-]+", re.IGNORECASE)
_JSON_LD = re.compile(r"\"license\"\s*:\s*(?:\{[^{}]*?\"(?:@id|url)\"\s*:\s*)?\"((?:https?:)?//[^\"\\\s]+)\"")
_MOST_CHARS = 2_000_000


def may_name_one(body: bytes) -> bool:
    """Quick, so that most pages need not be parsed."""
    return _MAY_NAME_ONE.search(body) is not None


def licence_of(html: str, url: str, link_header: str = "") -> str | None:
    """The licence's address; what is said in so many words outranks a mere link to Creative Commons."""
    tree = LexborHTMLParser(html[:_MOST_CHARS])
    marked = [
        node.attributes.get("href") or node.attributes.get("content") or node.attributes.get("resource")
        for node in tree.css("[rel~='license' i], [itemprop~='license'], [property$='license'], meta[name='dcterms.license' i]")
    ]
    stated = [*_LINK_HEADER.findall(link_header), *(m for m in marked if m)]
    stated += [found for script in tree.css("script[type*='ld+json']") for found in _JSON_LD.findall(script.text() or "")]
    stated += [
        href for node in tree.css("a[href*='creativecommons.org']") for href in _CREATIVE_COMMONS.findall(node.attributes.get("href") or "")
    ]
    addresses = (_absolute(one, url) for one in stated)
    return next((address for address in addresses if address), None)


def _absolute(href: str, url: str) -> str | None:
    try:
        joined = urljoin(url, href.strip())
    except ValueError:
        return None
    return joined[:500] if joined.startswith(("http://", "https://")) else None
