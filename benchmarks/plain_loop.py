"""The rules of sql/silver/urls.sql once more, as the loop one would write first. Only the benchmark and its equality check use it."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from vwi_lake.lake import csv_rows
from vwi_lake.rules import Rules

PLAIN_PARAMETER = re.compile(r"([?&])(?:(?:amp|print|printable)=(?:1|true|yes)|(?:output|view)=(?:amp|print))(?:&|$)")
PLAIN_SEGMENT = re.compile(r"^([^?]*/[^?]+)/(?:amp|print)(/|\?|$)|^([^/?]*)/(?:amp|print)(/[^?])")
PLAIN_INDEX = re.compile(r"/index\.(?:html?|php)(\?|$)")
MARKED = {"m", "mobile", "amp"}


@dataclass
class Lists:
    """The tables of sql/seeds that the rules read."""

    blocked: dict[str, list[str | None]] = field(default_factory=dict)
    allowed: dict[str, list[str | None]] = field(default_factory=dict)
    tracking: set[str] = field(default_factory=set)
    tracking_prefixes: tuple[str, ...] = ()
    extensions: set[str] = field(default_factory=set)
    caps: dict[str, int] = field(default_factory=dict)


def read_lists(rules: Rules) -> Lists:
    table = {name.removeprefix("seeds."): csv_rows(name, path).to_dicts() for name, path in rules.csv_tables.items()}
    names = [row["name"] for row in table["tracking_parameters"]]
    lists = Lists(
        tracking={name for name in names if not name.endswith("*")},
        tracking_prefixes=tuple(name[:-1] for name in names if name.endswith("*")),
        extensions={row["extension"] for row in table["file_extensions"]},
        caps={row["domain"]: int(row["cap"]) for row in table["domain_caps"]},
    )
    for row in table["blocked_domains"] + table["blocked_domains_more"]:
        lists.blocked.setdefault(row["domain"], []).append(row["path_pattern"])
    for row in table["allowed_domains"]:
        lists.allowed.setdefault(row["domain"], []).append(row["path_pattern"])
    return lists


def keep(hits: Iterable[dict[str, Any]], lists: Lists) -> set[str]:
    """The kept URLs."""
    best: dict[str, tuple[tuple, str, str]] = {}
    for hit in hits:
        if hit["url"] is None:
            continue
        url, host, domain = without_tracking(hit["url"], lists), hit["host"], hit["domain"]
        path = urlsplit(url).path
        if is_blocked(host, url, lists) or is_file(path, lists.extensions):
            continue
        labels = host[: -len(domain) - 1].split(".") if domain and host != domain else []
        plain_host = ".".join([*(label for label in labels if label not in MARKED and label != "www"), domain or host])
        address = plain_host + after_host(url, host)
        key = plain(address)
        n_marks = 2 * (key != address or any(label in MARKED for label in labels)) + url.startswith("http:")
        order = (n_marks, hit["rank"], -hit["score"], hit["search_id"])
        if key not in best or order < best[key][0]:
            best[key] = (order, url, domain or host)
    return within_caps(best.values(), lists.caps)


def without_tracking(url: str, lists: Lists) -> str:
    if "?" not in url:
        return url
    base, query = url.split("?", 1)
    names = [(p, p.split("=", 1)[0].lower()) for p in query.split("&")]
    kept = "&".join([p for p, name in names if name not in lists.tracking and not name.startswith(lists.tracking_prefixes)])
    return f"{base}?{kept}" if kept else base


def after_host(url: str, host: str) -> str:
    return url[url.index(host, 7) + len(host) :]


def is_blocked(host: str, url: str, lists: Lists) -> bool:
    labels = host.split(".")
    suffixes = [".".join(labels[i:]) for i in range(len(labels))]
    return matches(suffixes, host, url, lists.blocked) and not matches(suffixes, host, url, lists.allowed)


def matches(suffixes: list[str], host: str, url: str, entries: dict[str, list[str | None]]) -> bool:
    return any(
        path is None or fnmatchcase(after_host(url, host), path) for suffix in suffixes if suffix in entries for path in entries[suffix]
    )


def is_file(path: str, extensions: set[str]) -> bool:
    return "." in path[-6:] and path.rsplit(".", 1)[-1].lower() in extensions and "/wiki/" not in path


def plain(address: str) -> str:
    """Without what marks a print or AMP variant, or the name of an index."""
    if "amp" not in address and "print" not in address and "/index." not in address:
        return address
    without = re.sub(r"[?&]$", "", PLAIN_PARAMETER.sub(r"\1", address, count=1))
    without = PLAIN_SEGMENT.sub(r"\1\2\3\4", without, count=1)
    return PLAIN_INDEX.sub(r"/\1", without, count=1)


def within_caps(chosen: Iterable[tuple[tuple, str, str]], caps: dict[str, int]) -> set[str]:
    by_domain: dict[str, list[tuple[tuple, str]]] = defaultdict(list)
    for order, url, domain in chosen:
        by_domain[domain].append((order[1:], url))
    return {url for domain, pages in by_domain.items() for _, url in sorted(pages)[: caps.get(domain, caps["*"])]}
