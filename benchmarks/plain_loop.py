"""The rules of sql/silver/urls.sql once more, as the loop one would write first. Only the benchmark and its equality check use it."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from operator import itemgetter
from typing import Any
from urllib.parse import urlsplit

import duckdb

from vwi_lake.lake import csv_rows
from vwi_lake.rules import Rules

PLAIN_PARAMETER = re.compile(r"([?&])(?:(?:amp|print|printable)=(?:1|true|yes)|(?:output|view)=(?:amp|print))(?:&|$)")
PLAIN_SEGMENT = re.compile(r"^([^?]*/[^?]+)/(?:amp|print)(/|\?|$)|^([^/?]*)/(?:amp|print)(/[^?])")
PLAIN_INDEX = re.compile(r"/index\.(?:html?|php)(\?|$)")
COPIED = ("seed_id", "provider", "rank", "score", "page_url", "image_url", "url", "host", "domain")
MARKED = {"m", "mobile", "amp"}


@dataclass
class Lists:
    """The tables of sql/seeds that the rules read."""

    blocked: dict[str, dict[str | None, str]] = field(default_factory=dict)
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
        lists.blocked.setdefault(row["domain"], {})[row["path_pattern"]] = row["category"]
    for row in table["allowed_domains"]:
        lists.allowed.setdefault(row["domain"], []).append(row["path_pattern"])
    return lists


def select(hits: Iterable[dict[str, Any]], lists: Lists, rounds: dict[str, int]) -> list[dict[str, Any]]:
    """The rows of silver.urls, rejected ones too, in the order of the hits."""
    rows: list[dict[str, Any]] = []
    best: dict[str, tuple[tuple, dict[str, Any]]] = {}
    candidates: list[tuple[str, dict[str, Any]]] = []
    for hit in hits:
        row = {column: hit[column] for column in COPIED}
        row |= {
            "blocked_by": None,
            "blocked_category": None,
            "round": rounds[hit["search_id"]],
            "same_page_as": None,
            "rejected_because": None,
        }
        rows.append(row)
        if hit["url"] is None:
            row["rejected_because"] = "not_a_url"
            continue
        url, host, domain = without_tracking(hit["url"], lists), hit["host"], hit["domain"]
        row["url"] = url
        if entry := blocking(host, url, lists):
            row["blocked_by"], row["blocked_category"], row["rejected_because"] = *entry, "blocked_domain"
            continue
        if is_file(urlsplit(url).path, lists.extensions):
            row["rejected_because"] = "not_a_page"
            continue
        labels = host[: -len(domain) - 1].split(".") if domain and host != domain else []
        plain_host = ".".join([*(label for label in labels if label not in MARKED and label != "www"), domain or host])
        address = plain_host + after_host(url, host)
        key = plain(address)
        n_marks = 2 * (key != address or any(label in MARKED for label in labels)) + url.startswith("http:")
        order = (row["round"], n_marks, hit["rank"], -hit["score"], hit["search_id"])
        if key not in best or order < best[key][0]:
            best[key] = (order, row)
        candidates.append((key, row))
    for key, row in candidates:
        kept = best[key][1]
        if row is not kept:
            row["same_page_as"] = kept["url"]
            row["rejected_because"] = "duplicate_url" if row["url"] == kept["url"] else "variant_url"
    apply_caps(best.values(), lists.caps)
    return rows


def read_rounds(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return dict(connection.execute("select search_id, round from bronze.searches").fetchall())


def without_tracking(url: str, lists: Lists) -> str:
    if "?" not in url:
        return url
    base, query = url.split("?", 1)
    names = [(p, p.split("=", 1)[0].lower()) for p in query.split("&")]
    kept = "&".join([p for p, name in names if name not in lists.tracking and not name.startswith(lists.tracking_prefixes)])
    return f"{base}?{kept}" if kept else base


def after_host(url: str, host: str) -> str:
    return url[url.index(host, 7) + len(host) :]


def blocking(host: str, url: str, lists: Lists) -> tuple[str, str] | None:
    """The entry that blocks this URL, and its category: the longest domain first, whole domains before paths."""
    labels = host.split(".")
    suffixes = [".".join(labels[i:]) for i in range(len(labels))]
    listed = [suffix for suffix in suffixes if suffix in lists.blocked]
    if not listed:
        return None
    location = after_host(url, host)
    allowed = (path for suffix in suffixes for path in lists.allowed.get(suffix, ()))
    if any(path is None or fnmatchcase(location, path) for path in allowed):
        return None
    for suffix in listed:
        if None in lists.blocked[suffix]:
            return suffix, lists.blocked[suffix][None]
    for suffix in listed:
        for path, category in sorted(lists.blocked[suffix].items()):
            if fnmatchcase(location, path):
                return suffix + path, category
    return None


def is_file(path: str, extensions: set[str]) -> bool:
    return "." in path[-6:] and path.rsplit(".", 1)[-1].lower() in extensions and "/wiki/" not in path


def plain(address: str) -> str:
    """Without what marks a print or AMP variant, or the name of an index."""
    if "amp" not in address and "print" not in address and "/index." not in address:
        return address
    without = re.sub(r"[?&]$", "", PLAIN_PARAMETER.sub(r"\1", address, count=1))
    without = PLAIN_SEGMENT.sub(r"\1\2\3\4", without, count=1)
    return PLAIN_INDEX.sub(r"/\1", without, count=1)


def apply_caps(chosen: Iterable[tuple[tuple, dict[str, Any]]], caps: dict[str, int]) -> None:
    by_site: dict[str, list[tuple[tuple, dict[str, Any]]]] = defaultdict(list)
    for order, row in chosen:
        by_site[row["domain"] or row["host"]].append(((order[0], *order[2:]), row))
    for site, pages in by_site.items():
        for _, row in sorted(pages, key=itemgetter(0))[caps.get(site, caps["*"]) :]:
            row["rejected_because"] = "domain_cap"
