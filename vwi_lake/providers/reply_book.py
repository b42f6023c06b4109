"""What a search brought is noted once its replies are in the blobs: a run killed before its commit pays for nothing twice."""

import json
from contextlib import closing
from dataclasses import asdict, dataclass

from vwi_lake.books import open_book
from vwi_lake.settings import LakeSettings

BOOK = "search-replies"
TABLES = "create table if not exists replies (search_id text primary key, noted text not null)"
KEEP = "insert into replies values (?, ?) on conflict (search_id) do update set noted = excluded.noted"


@dataclass(frozen=True)
class Noted:
    """What a search brought, its replies by their blobs' names."""

    reply_shas: list[str]
    n_requests: int
    cost_usd: float | None
    error: str | None


class ReplyBook:
    """Its rows are small and stay. Opened anew each time: searches take seconds, and so nothing is left open when a run ends."""

    def __init__(self, lake: LakeSettings) -> None:
        self.lake = lake

    def find(self, search_id: str) -> Noted | None:
        rows = self._do("select noted from replies where search_id = ?", search_id)
        return Noted(**json.loads(rows[0][0])) if rows else None

    def keep(self, search_id: str, noted: Noted) -> None:
        self._do(KEEP, search_id, json.dumps(asdict(noted)))

    def _do(self, sql: str, *values: str) -> list[tuple]:
        with closing(open_book(self.lake, BOOK, TABLES)) as book:
            return book.rows(sql, values)
