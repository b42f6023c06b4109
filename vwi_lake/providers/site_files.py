"""What a site says for all its pages: robots.txt and tdmrep.json, kept across runs until they expire."""

import sqlite3
import time
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from protego import Protego

from vwi_lake.errors import VwiError
from vwi_lake.web import robots

MOST_BYTES = robots.MOST_BYTES
_MOST_PARSED = 1 << 20  # bytes of text whose parsed rules are kept at hand; these take about thirty times as much
_TABLE = "create table if not exists files (url text primary key, expires real, status int, body blob, error text)"
_NO_RULES = robots.parse(b"")


@dataclass(frozen=True)
class SiteFile:
    """A file as it was answered: `status`, or the `error` of a host that did not answer."""

    status: int | None
    body: bytes = b""
    error: str | None = None

    @property
    def is_unreachable(self) -> bool:
        """RFC 9309 2.3.1.4: where a server ails, nothing is allowed."""
        return self.status is None or self.status >= 500 or self.status == 429


@dataclass(frozen=True)
class Rules:
    """robots.txt of one origin, ready to be asked. `source` names the file and its status."""

    parsed: Protego
    source: str
    is_unreachable: bool = False

    def allows(self, url: str, agent: str) -> bool:
        return not self.is_unreachable and (self.parsed is _NO_RULES or bool(self.parsed.can_fetch(url, agent)))

    def delay_s(self, agent: str) -> float:
        return 0.0 if self.parsed is _NO_RULES else float(self.parsed.crawl_delay(agent) or 0.0)


def rules_of(url: str, file: SiteFile) -> Rules:
    """No rules (4xx) allow everything; slow for large files."""
    has_rules = file.status is not None and file.status < 300 and file.body.strip()
    parsed = robots.parse(file.body) if has_rules else _NO_RULES
    return Rules(parsed, f"{url} {file.status or file.error}", file.is_unreachable)


class SiteFiles:
    """A small SQLite file beside the lake, or memory only."""

    def __init__(self, path: Path | None = None) -> None:
        self.parsed: OrderedDict[str, tuple[float, Rules, int]] = OrderedDict()
        self.bytes_parsed = 0
        try:
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False, timeout=30)
            self.connection.execute("pragma journal_mode=wal")
            self.connection.execute("pragma synchronous=off")  # what a power cut loses is asked for again
            self.connection.execute(
                "create table if not exists files (url text primary key, expires real, status int, body blob, error text)"
            )
        except (OSError, sqlite3.Error) as error:
            raise VwiError(f"{path} cannot hold what sites say of robots: {error}. Is it writable? It may be deleted.") from None

    def close(self) -> None:
        self.connection.close()

    def get(self, url: str) -> SiteFile | None:
        found = self.connection.execute(
            "select status, body, error from files where url = ? and expires > ?", [url, time.time()]
        ).fetchone()
        return SiteFile(found[0], zlib.decompress(found[1]), found[2]) if found else None

    def put(self, url: str, file: SiteFile, ttl_s: float) -> None:
        row = [url, time.time() + ttl_s, file.status, zlib.compress(file.body[:MOST_BYTES]), file.error]
        self.connection.execute("insert or replace into files values (?, ?, ?, ?, ?)", row)

    def ready(self, url: str) -> Rules | None:
        """Rules at hand that are not older than five minutes; after that the file is looked up again."""
        expires, rules, _ = self.parsed.get(url, (0.0, None, 0))
        return rules if time.monotonic() < expires else None

    def keep_ready(self, url: str, rules: Rules, size: int) -> None:
        self.bytes_parsed += size + 200 - (self.parsed.pop(url)[2] if url in self.parsed else 0)
        self.parsed[url] = (time.monotonic() + 300.0, rules, size + 200)
        while self.bytes_parsed > _MOST_PARSED and len(self.parsed) > 1:
            self.bytes_parsed -= self.parsed.popitem(last=False)[1][2]
