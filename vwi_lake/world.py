"""The world a run asks: its settings, its blobs and its providers, made once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from vwi_lake.blobs import Blobs
from vwi_lake.columns import Record
from vwi_lake.metrics import Metrics
from vwi_lake.providers import Fetcher, Search
from vwi_lake.providers.browser import Browser
from vwi_lake.providers.ledger import Ledger
from vwi_lake.providers.saved import SavedWeb
from vwi_lake.settings import Settings
from vwi_lake.stage import Row, Stage
from vwi_lake.takedown import KeptOut


@dataclass(frozen=True)
class World:
    settings: Settings
    blobs: Blobs
    web: SavedWeb | None = None  # saved sites, where the run uses them instead of the live web
    fetcher: Fetcher | None = None
    search: Search | None = None
    llm: Ledger | None = None
    browser: Browser | None = None  # for pages that hold their content only after their scripts ran
    metrics: Metrics = field(default_factory=lambda: Metrics(""))
    kept_out: KeptOut = field(default_factory=KeptOut)  # what was forgotten, and must not come back
    compute: Callable[[Stage, Row], Awaitable[list[Record]]] | None = None  # runs a stage's `compute` in a worker process
    computed_at_once: int = 16

    def portable(self) -> "World":
        """What a worker process needs: no clients."""
        return replace(self, web=None, fetcher=None, search=None, llm=None, browser=None, compute=None, metrics=Metrics(""))
