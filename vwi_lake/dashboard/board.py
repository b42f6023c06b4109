"""What the dashboard shows of one lake: panels, rejected rows, pairs, images. Values in, values out; no HTTP here."""

import re
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from vwi_lake.dashboard import index as indexes
from vwi_lake.dashboard.index import Index, open_index, state_of
from vwi_lake.dashboard.panels import Panels, own_panels, sql_of
from vwi_lake.dashboard.source import read_page
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.rules import rules_of
from vwi_lake.settings import Settings

SHA = re.compile(r"[0-9a-f]{64}")
TABLE = re.compile(r"[a-z_][a-z0-9_]*")
# media types of pictures by their first bytes; none that may hold scripts
KINDS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


@dataclass
class Board:
    """An open lake with its index. Threads may share it."""

    settings: Settings
    lake: Lake
    maker: Lake  # the same lake for making indexes, which can be interrupted
    panels: Panels
    folder: Path  # of indexes
    is_own_folder: bool
    _index: Index | None = None
    _making: threading.Thread | None = None
    _facets: tuple[str, dict[str, Any]] = ("", {})  # of which state of the lake
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(cls, settings: Settings) -> "Board":
        lake, maker = (Lake.read(settings.lake, rules=rules_of(settings)) for _ in range(2))
        folder, is_own = indexes.folder_of(settings.lake.path)
        return cls(settings, lake, maker, Panels(lake), folder, is_own)

    def close(self) -> None:
        while not self.maker.turn.acquire(timeout=0.1):  # an index is being made: not any more
            self.maker.connection.interrupt()
        self.maker.close()
        self.maker.turn.release()
        if self._index:
            self._index.connection.close()
        self.lake.close()
        if self.is_own_folder:
            indexes.drop(self.folder)

    def pulse(self) -> dict[str, Any]:
        """The newest snapshot: what is shown is asked for again when it changes."""
        row = self.lake.look("select snapshot_id, snapshot_time from lake.snapshots() order by snapshot_id desc limit 1").row(0)
        return {"snapshot": row[0], "at": row[1], "lake": self.lake.place, "indexed": self._index is not None}

    def panel(self, name: str) -> dict[str, Any]:
        return self.panels.get(name, self.lake.look("select id from lake.current_snapshot()")["id"][0])

    def own_panels(self) -> list[str]:
        return own_panels(self.lake)

    # -- rejected rows -----------------------------------------------------------------------------------------------

    def rejected(self, table: str, reason: str, after: int = -1, limit: int = 100) -> dict[str, Any]:
        """Rows of a verdicts table with one reason, in the table's order, after a row number."""
        if not TABLE.fullmatch(table) or f"silver.{table}" not in self.lake.rules.models:
            raise VwiError(f"no table is called silver.{table}")
        sql = f"select rowid, * from verdicts.{table} where rejected_because = $1 and rowid > $2 order by rowid limit {int(limit)}"
        frame = self.lake.look(sql, [reason, after])
        last = frame["rowid"][-1] if frame.height == limit else None
        return {"columns": frame.columns[1:], "rows": [row[1:] for row in frame.rows()], "next": last}

    # -- pairs ---------------------------------------------------------------------------------------------------------

    def index(self) -> Index | None:
        """Of the lake as it is now, or as it just was while a new one is made; None where it has no pairs yet."""
        with self._turn:
            state = state_of(self.lake)
            if state is None or (self._index and self._index.state == state):
                return self._index if state else None
            if self._index is None:
                self._index = open_index(self.maker, self.folder, state)
            elif not (self._making and self._making.is_alive()):
                self._making = threading.Thread(target=self._renew, args=[state], daemon=True)
                self._making.start()
            return self._index

    def _renew(self, state: str) -> None:
        with suppress(duckdb.Error, OSError):  # the lake was rebuilt or closed meanwhile: asked again, it is tried again
            self._index = open_index(self.maker, self.folder, state)  # the one before closes when nobody reads it any more

    def pairs(self, filters: dict[str, str], text: str = "", after: int = 0, limit: int = 50) -> dict[str, Any]:
        index = self.index()
        return index.find(filters, text, after, limit) if index else {"pairs": [], "total": 0}

    def facets(self) -> dict[str, Any]:
        index = self.index()
        if index and self._facets[0] != index.state:
            self._facets = index.state, index.facets()
        return self._facets[1] if index else {}

    def pair(self, qa_id: str) -> dict[str, Any]:
        """All that is known of a pair: what each rule said, images, drafts, page, hits, model calls."""
        if not (found := self.details([qa_id])):
            raise VwiError(f"no pair {qa_id!r} in this lake")
        return found[qa_id]

    def details(self, qa_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The same of several pairs at once, which takes hardly longer."""
        pairs = self._ask("pair", "qa_id", qa_ids)
        urls = list({row["page_url"] for (row,) in pairs.values()})
        images, drafts = (self._ask(name, "qa_id", qa_ids) for name in ("pair_images", "pair_drafts"))
        pages, hits = (self._ask(name, "url", urls) for name in ("pair_page", "pair_hits"))
        calls = self._ask("pair_calls", "subject_id", [*qa_ids, *urls])
        return {
            qa_id: {
                "pair": pair,
                "images": images.get(qa_id, []),
                "drafts": drafts.get(qa_id, []),
                "page": next(iter(pages.get(pair["page_url"], [])), None),
                "hits": hits.get(pair["page_url"], []),
                "calls": [*calls.get(pair["page_url"], []), *calls.get(qa_id, [])],
            }
            for qa_id, (pair,) in pairs.items()
        }

    def source(self, qa_id: str) -> dict[str, Any]:
        """The pair's page with the pair's place on it."""
        pair = self._ask("pair", "qa_id", [qa_id]).get(qa_id)
        if not pair:
            raise VwiError(f"no pair {qa_id!r} in this lake")
        page = self._ask("pair_page", "url", [pair[0]["page_url"]]).get(pair[0]["page_url"])
        return self.read(pair[0], page[0] if page else None)

    def read(self, pair: dict[str, Any], page: dict[str, Any] | None) -> dict[str, Any]:
        if not page or not page["body_sha"]:
            return {"missing": "its page is not in the lake any more"}
        return read_page(self.lake, page, pair)

    def _ask(self, name: str, key: str, listed: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """Rows of a question about a list, by what they are about; `in ($1)` of its SQL takes them all."""
        if not listed:
            return {}
        places = ", ".join(f"${number}" for number in range(1, len(listed) + 1))
        try:
            rows = self.lake.look(sql_of(self.lake, name).replace("in ($1)", f"in ({places})"), listed)
        except (duckdb.CatalogException, duckdb.BinderException):  # a lake of an older version, or one that is not that far
            return {}
        return {str(about): part.to_dicts() for (about,), part in rows.group_by(key, maintain_order=True)}

    def image(self, sha: str) -> tuple[bytes, str] | None:
        """Bytes and media type of a picture in the blobs; None for all else, pages in particular."""
        if not SHA.fullmatch(sha):
            return None
        try:
            data = self.lake.blobs.get(sha)
        except VwiError:
            return None
        kind = next((kind for start, kind in KINDS.items() if data.startswith(start)), None)
        return (data, kind) if kind else None
