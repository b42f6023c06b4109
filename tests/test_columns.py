"""Record fields become column types."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

import polars as pl
import pytest

from vwi_lake.columns import Record, columns_of, frame, sql_type


@dataclass(frozen=True)
class Part:
    name: str
    numbers: list[int]


@dataclass(frozen=True, kw_only=True)
class Thing(Record):
    TABLE: ClassVar[str] = "things"

    key: str
    parts: list[Part] | None = None
    score: float | None = None


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (str, "varchar"),
        (int | None, "bigint"),
        (list[str], "varchar[]"),
        (list[list[int]] | None, "bigint[][]"),
        (Part, 'struct("name" varchar, "numbers" bigint[])'),
        (datetime | None, "timestamptz"),
    ],
)
def test_sql_types(kind, expected):
    assert sql_type(kind) == expected


def test_class_variables_are_no_columns():
    assert list(columns_of(Thing)) == ["run_id", "asked_at", "key", "parts", "score"]


def test_a_frame_of_empty_values_keeps_its_types():
    rows = frame([Thing(key="a"), Thing(key="b", asked_at=datetime.now(UTC))])
    assert rows.schema["parts"] == pl.List(pl.Struct({"name": pl.String, "numbers": pl.List(pl.Int64)}))
    assert rows["score"].to_list() == [None, None]
