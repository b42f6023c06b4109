"""A panel is the result of one file of sql/dashboard/; where its tables are not there yet, what fills them."""

import re
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import duckdb

from vwi_lake.errors import VwiError, redacted
from vwi_lake.lake import Lake

# Charts of the page, in its order. Files of sql/dashboard/ that are neither here nor in ASKED are shown as tables of their own.
PANELS = (
    "totals", "funnel", "rounds", "subjects", "domains", "costs", "votes", "pace", "errors", "spending",
    "runs", "trainings", "losses", "evaluations", "comparisons",
)  # fmt: skip
ASKED = (
    "pairs",
    "words",
    "pair",
    "pair_images",
    "pair_drafts",
    "pair_calls",
    "pair_page",
    "pair_hits",
)  # with parameters, or for the index
UNTIL = re.compile(r"(?m)^-- Until then: (.+)$")
NOT_YET = "nothing here yet: `vwi run` or `vwi demo` fills the lake"
LONGEST = 5_000  # rows of a panel


def sql_of(lake: Lake, name: str) -> str:
    return lake.rules.texts[f"dashboard/{name}.sql"]


def own_panels(lake: Lake) -> list[str]:
    """Those that a user's own folder adds."""
    names = sorted(n.removeprefix("dashboard/").removesuffix(".sql") for n in lake.rules.texts if n.startswith("dashboard/"))
    return [name for name in names if name not in (*PANELS, *ASKED)]


def show(lake: Lake, name: str) -> dict[str, Any]:
    """caption, columns and rows; or `missing`: why there are none, and what to do."""
    sql = sql_of(lake, name)
    told: dict[str, Any] = {"name": name, "caption": sql.partition("\n")[0].removeprefix("-- "), "columns": [], "rows": [], "missing": None}
    until = found[1] if (found := UNTIL.search(sql)) else NOT_YET
    try:
        frame = lake.look(sql)
    except duckdb.CatalogException:
        return told | {"missing": until}
    except duckdb.Error as error:  # a lake of an older version lacks a column; a user's own SQL may be wrong
        words = redacted(str(error)).splitlines()[0]
        return told | {"missing": f"{words}. `vwi rebuild` brings an older lake up to date."}
    return told | {"columns": frame.columns, "rows": frame.head(LONGEST).rows(), "missing": None if frame.height else until}


@dataclass
class Panels:
    """Panels of a lake that is written to: shown again only once it changed, and never for more than a tenth of the time."""

    lake: Lake
    _kept: dict[str, tuple[int, float, float, dict[str, Any]]] = field(default_factory=dict)  # name → snapshot, when, seconds, panel
    _locks: dict[str, Lock] = field(default_factory=dict)

    def get(self, name: str, snapshot: int) -> dict[str, Any]:
        if name not in (*PANELS, *own_panels(self.lake)):
            raise VwiError(f"no panel is called {name!r}")
        with self._locks.setdefault(name, Lock()):  # who comes second finds what the first was shown
            kept = self._kept.get(name)
            if kept is None or (kept[0] != snapshot and time.monotonic() - kept[1] > 10 * kept[2]):
                began = time.monotonic()
                panel = show(self.lake, name)
                kept = self._kept[name] = (snapshot, time.monotonic(), time.monotonic() - began, panel)
            return kept[3]
