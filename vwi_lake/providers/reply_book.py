"""What a search brought is noted once its replies are in the blobs: a run killed before its commit pays for nothing twice."""

import json
import sqlite3
import threading
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Noted:
    """What a search brought, its replies by their blobs' names."""

    reply_shas: list[str]
    n_requests: int
    cost_usd: float | None
    error: str | None


class ReplyBook:
    """One SQLite file beside the lake; its rows are small and stay."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.turn = path, threading.Lock()
        self._do("create table if not exists replies (search_id text primary key, noted text not null)")

    def find(self, search_id: str) -> Noted | None:
        row = self._do("select noted from replies where search_id = ?", search_id)
        return Noted(**json.loads(row[0])) if row else None

    def keep(self, search_id: str, noted: Noted) -> None:
        self._do("insert or replace into replies values (?, ?)", search_id, json.dumps(asdict(noted)))

    def _do(self, sql: str, *values: str) -> tuple | None:
        """Opened anew each time: searches take seconds, and so nothing is left open when a run ends."""
        with self.turn:
            connection = sqlite3.connect(self.path, timeout=60, isolation_level=None)
            try:
                return connection.execute(sql, values).fetchone()
            finally:
                connection.close()
