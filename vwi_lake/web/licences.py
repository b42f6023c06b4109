"""Under which licence a page says it stands: hints for people who decide what may be used, never a judgement.

Read are rel="license" (https://microformats.org/wiki/rel-license), schema.org's `license`, Dublin Core's rights and licence, and plain
links to Creative Commons, which may speak of one picture only.
"""

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import ada_url
from selectolax.lexbor import LexborHTMLParser

MOST = 8  # hints of a page; galleries name one per picture
LONGEST = 300  # characters of a hint
_CC = re.compile(r"https?://(?:www\.)?creativecommons\.org/(licenses|publicdomain)/([a-z-]+)(?:/(\d\.\d))?", re.IGNORECASE)
_DUBLIN_CORE = re.compile(r"(?:dc|dcterms)\.(?:rights|license|rights\.license)", re.IGNORECASE)
_PUBLIC_DOMAIN = {"zero": "CC0", "mark": "Public Domain Mark"}


@dataclass(frozen=True)
class Licence:
    licence: str  # "CC BY-SA 4.0"; of others the URL, or the words where there is none
    source: str  # rel | schema.org | dublin_core | link


def licences_of(html: str, url: str) -> list[Licence]:
    """Each licence once, the most explicit first; `url` resolves relative links."""
    found: dict[str, str] = {}
    for source, value in _stated(LexborHTMLParser(html)):
        if name := _name(value, url):
            found.setdefault(name, source)
    return [Licence(name, source) for name, source in islice(found.items(), MOST)]


def _stated(page: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for node in page.css('a[rel~="license" i], area[rel~="license" i], link[rel~="license" i]'):
        yield "rel", node.attributes.get("href") or node.text()
    for node in page.css('[itemprop~="license"]'):
        yield "schema.org", node.attributes.get("href") or node.attributes.get("content") or node.text()
    for node in page.css('script[type="application/ld+json" i]'):
        yield from (("schema.org", value) for value in _in_json(node.text()))
    for node in page.css("meta[name][content]"):
        if _DUBLIN_CORE.fullmatch(node.attributes.get("name") or ""):
            yield "dublin_core", node.attributes.get("content") or ""
    for node in page.css('a[href*="creativecommons.org/" i]'):
        if _CC.match(node.attributes.get("href") or ""):
            yield "link", node.attributes.get("href") or ""


def _in_json(text: str) -> Iterator[str]:
    """Every `license` in a JSON-LD block; one that is no JSON says nothing."""
    try:
        todo: deque[Any] = deque([json.loads(text)])
    except (ValueError, RecursionError):
        return
    while todo:
        item = todo.popleft()
        if isinstance(item, dict):
            value = item.get("license")
            value = value.get("@id") or value.get("url") if isinstance(value, dict) else value
            yield from (v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str))
        if isinstance(item, (dict, list)):
            todo += item.values() if isinstance(item, dict) else item


def _name(value: str, base: str) -> str | None:
    value = " ".join(value.split())
    found = _CC.match(value) or _CC.match("https:" + value)
    if found:
        kind, version = found[2].lower(), found[3] or ""
        name = _PUBLIC_DOMAIN.get(kind, kind.upper()) if found[1].lower() == "publicdomain" else f"CC {kind.upper()}"
        return f"{name} {version}".strip()
    if value.startswith(("/", "./", "../", "http:", "https:", "#")):
        value = ada_url.URL(value, base).href if ada_url.URL.can_parse(value, base) else value
    return value[:LONGEST] or None
