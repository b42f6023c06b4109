import csv
from datetime import date

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.providers.llm import prices_of
from vwi_lake.providers.prices import Price, read_prices
from vwi_lake.rules import rules_of
from vwi_lake.settings import LlmSettings, Settings

TABLE = "# a remark\nmodel,since,prompt,completion,cached\nm,2024-01-01,1,2,\nm,2025-01-01,0.5,1,0.1\n"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "llm_prices.csv"
    path.write_text(TABLE)
    return path


@pytest.mark.parametrize(
    ("model", "day", "price"),
    [
        ("m", "2023-12-31", None),
        ("m", "2024-06-01", Price(1, 2)),
        ("m", "2025-01-01", Price(0.5, 1, 0.1)),
        ("m-2024-07-18", "2026-01-01", Price(0.5, 1, 0.1)),
        ("m-latest", "2026-01-01", Price(0.5, 1, 0.1)),
        ("m-mini", "2026-01-01", None),
        ("mine", "2023-01-01", Price(7, 8)),
    ],
)
def test_the_price_of_a_day(table, model, day, price):
    assert read_prices(table, {"mine": (7, 8)}).of(model, date.fromisoformat(day)) == price


def test_cached_tokens_have_a_price_of_their_own():
    assert Price(1.0, 2.0, 0.1).usd(1_000_000, 1_000_000, 400_000) == pytest.approx(0.6 + 0.04 + 2.0)
    assert Price(1.0, 2.0).usd(1_000_000, None, 400_000) == pytest.approx(1.0)


def test_a_bad_line_is_named(table):
    table.write_text(TABLE + "m,2025-13-01,1,2,\n")
    with pytest.raises(VwiError, match="is no line of prices"):
        read_prices(table, {})


def test_each_shipped_price_says_where_it_was_read():
    path = rules_of(Settings()).csv_tables["seeds.llm_prices"]
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert all(row["source"].count("/") > 1 for row in csv.DictReader(lines))


def test_the_shipped_table_reads_and_settings_go_first():
    prices = prices_of(Settings(llm=LlmSettings(prices={"gpt-4o": (9, 9)})))
    assert prices.of("gpt-4o", date(2026, 1, 1)) == Price(9, 9)
    assert prices.of("gpt-4o-2024-05-13", date(2026, 1, 1)) == Price(5, 15)  # a snapshot that kept its price
    assert all(
        price.prompt <= price.completion and (price.cached or 0) <= price.prompt for rows in prices.dated.values() for _, price in rows
    )
