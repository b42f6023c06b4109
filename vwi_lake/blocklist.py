"""Lists of domains that users edit by hand: every line is put right, or refused with its number and what to write instead."""

import csv
import re
from collections.abc import Callable

import polars as pl

from vwi_lake.errors import VwiError
from vwi_lake.web.urls import host_of

COLUMNS = {
    "seeds.blocked_domains": ("domain", "path_pattern", "category"),
    "seeds.blocked_domains_more": ("domain", "path_pattern", "category"),
    "seeds.allowed_domains": ("domain", "path_pattern"),
    "seeds.domain_caps": ("domain", "cap"),
}
REGEX_SIGNS = re.compile(r"^\^|\$$|\\|\.\*|\(\?|\[\^")


def read_list(table: str, text: str, place: str) -> pl.DataFrame:
    """The rows of one of these tables; `place` is the file's name for messages. A repeated line counts once, the first of its kind."""
    columns, rows = COLUMNS[table], dict[tuple, tuple]()
    lines = [(n, line) for n, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1) if line.strip() and not line.startswith("#")]
    header = _cells(lines[0][1]) if lines else []
    _check_header(header, columns, place)
    for n, line in lines[1:]:
        row = _read_line(line, header, columns, f"{place}, line {n}")
        rows.setdefault(row[:2] if "path_pattern" in columns else row[:1], row)
    return pl.DataFrame(list(rows.values()), schema=dict.fromkeys(columns, pl.String), orient="row")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line]))]


def _check_header(header: list[str], columns: tuple[str, ...], place: str) -> None:
    if "domain" not in header or not set(header) <= set(columns):
        raise VwiError(f"{place}: the first line names the columns; write {','.join(columns)} (it says {','.join(header) or 'nothing'})")


def _read_line(line: str, header: list[str], columns: tuple[str, ...], place: str) -> tuple[str | None, ...]:
    cells = _cells(line)
    if len(cells) > len(header):
        raise VwiError(
            f"{place}: {len(cells)} cells under {len(header)} columns; write {','.join(header)}, and text with a comma in quotes"
        )
    given = dict(zip(header, cells, strict=False))
    try:
        if given["domain"] == "*" and "cap" not in columns:
            raise ValueError("'*' would stand for every domain; name one like example.com")
        return tuple(READERS[column](given.get(column, "")) for column in columns)
    except ValueError as error:
        raise VwiError(f"{place}: {error}") from None


def domain_of(text: str) -> str:
    """Lower case, in ASCII, without leading dots or `*.`; ValueError with the remedy where it is none. `*` stays as it is."""
    if text == "*":
        return text
    bare = text.removeprefix("*.").strip(".")
    if not bare:
        raise ValueError("no domain; write one like example.com, or delete the line")
    if "://" in bare or "/" in bare:
        raise ValueError(f"{text!r} is an address, not a domain; write {_suggestion(bare)}")
    if len(words := bare.split()) > 1:
        raise ValueError(f"{text!r} has a space in it; write {''.join(words)} or {'.'.join(words)}")
    if "." not in bare:
        raise ValueError(f"{text!r} would stand for a whole top-level domain; write a name with a dot, like {bare}.com")
    try:
        return host_of(f"http://{bare}/")
    except ValueError:
        raise ValueError(f"{text!r} is no host name; write one like example.com") from None


def _suggestion(address: str) -> str:
    host, _, path = address.split("://", 1)[-1].partition("/")
    return f"{host} as domain" + (f" and /{path}* as path_pattern" if path else "")


def path_pattern_of(text: str) -> str | None:
    """A glob over path and query, None for the whole domain; ValueError where it looks like a regular expression or never ends."""
    if not text:
        return None
    if REGEX_SIGNS.search(text):
        raise ValueError(
            f"path_pattern {text!r} looks like a regular expression; write a glob like /wiki/File:* (* any text, ? one character)"
        )
    if not text.startswith(("/", "*")):
        raise ValueError(f"path_pattern {text!r} cannot match, since paths start with a slash; write /{text}")
    if text.count("[") != text.count("]"):
        raise ValueError(f"path_pattern {text!r} has a bracket without its partner; write [[] for a bracket itself")
    return text


def category_of(text: str) -> str:
    category = re.sub(r"[\s-]+", "_", text.lower()) or "other"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", category):
        raise ValueError(f"category {text!r} is no name; write a word like video or file_host")
    return category


def cap_of(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"cap {text!r} is no number of URLs; write one like 1000")
    return str(int(text))


READERS: dict[str, Callable[[str], str | None]] = {
    "domain": domain_of,
    "path_pattern": path_pattern_of,
    "category": category_of,
    "cap": cap_of,
}
