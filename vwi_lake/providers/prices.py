"""What a call costs: USD per million tokens by model and day, from the settings or sql/seeds/llm_prices.csv."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from vwi_lake.errors import VwiError

_DATED = re.compile(r"-\d{4}-?\d{2}-?\d{2}$|-latest$|-\d{3}$")  # gpt-4o-mini-2024-07-18 costs what gpt-4o-mini costs


@dataclass(frozen=True)
class Price:
    prompt: float
    completion: float
    cached: float | None = None  # of prompt tokens that the server had cached; None: as any

    def usd(self, prompt_tokens: int | None, completion_tokens: int | None, cached_tokens: int | None = None) -> float:
        cached = min(cached_tokens or 0, prompt_tokens or 0)
        fresh = (prompt_tokens or 0) - cached
        cached_price = self.prompt if self.cached is None else self.cached
        return (fresh * self.prompt + cached * cached_price + (completion_tokens or 0) * self.completion) / 1e6


@dataclass(frozen=True)
class Prices:
    set_by_user: Mapping[str, tuple[float, float]]
    dated: Mapping[str, list[tuple[date, Price]]]  # oldest first

    def of(self, model: str, day: date) -> Price | None:
        if (given := self.set_by_user.get(model)) is not None:
            return Price(*given)
        known = self.dated.get(model) or self.dated.get(_DATED.sub("", model)) or []
        return next((price for since, price in reversed(known) if since <= day), None)


def read_prices(path: Path, set_by_user: Mapping[str, tuple[float, float]]) -> Prices:
    """The CSV has model, since (a date), prompt, completion and cached (may be empty); lines that start with # are remarks."""
    dated: dict[str, list[tuple[date, Price]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(_without_remarks(file)):
            try:
                cached = float(row["cached"]) if row.get("cached") else None
                price = Price(float(row["prompt"]), float(row["completion"]), cached)
                dated.setdefault(row["model"], []).append((date.fromisoformat(row["since"]), price))
            except (KeyError, TypeError, ValueError) as error:
                raise VwiError(f"{path}: {row} is no line of prices ({error}): model,since,prompt,completion,cached are wanted") from None
    return Prices(set_by_user, {model: sorted(rows, key=lambda r: r[0]) for model, rows in dated.items()})


def _without_remarks(lines: Iterable[str]) -> Iterable[str]:
    return (line for line in lines if line.strip() and not line.startswith("#"))
