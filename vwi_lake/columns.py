"""A bronze table's columns are its record's dataclass fields: types for polars and for DuckDB, read from the annotations."""

import re
import types
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

import polars as pl

BAD = re.compile("[\0\ud800-\udfff]")
SCALARS: dict[type, tuple[Any, str]] = {
    str: (pl.String, "varchar"),
    int: (pl.Int64, "bigint"),
    float: (pl.Float64, "double"),
    bool: (pl.Boolean, "boolean"),
    datetime: (pl.Datetime("us", "UTC"), "timestamptz"),
}


@dataclass(frozen=True, kw_only=True)
class Record:
    """What every bronze row carries beside its own columns: which run asked, and when (UTC)."""

    run_id: str = ""
    asked_at: datetime | None = None


def _is_optional(kind: Any) -> bool:
    return get_origin(kind) in (Union, types.UnionType)


def polars_type(kind: Any) -> Any:
    if _is_optional(kind):
        return polars_type(next(k for k in get_args(kind) if k is not type(None)))
    if get_origin(kind) is list:
        return pl.List(polars_type(get_args(kind)[0]))
    if is_dataclass(kind):
        return pl.Struct({name: polars_type(t) for name, t in get_type_hints(kind).items()})
    return SCALARS[kind][0]


def sql_type(kind: Any) -> str:
    if _is_optional(kind):
        return sql_type(next(k for k in get_args(kind) if k is not type(None)))
    if get_origin(kind) is list:
        return sql_type(get_args(kind)[0]) + "[]"
    if is_dataclass(kind):
        inner = ", ".join(f'"{name}" {sql_type(t)}' for name, t in get_type_hints(kind).items())
        return f"struct({inner})"
    return SCALARS[kind][1]


def schema_of(record: Any) -> pl.Schema:
    hints = get_type_hints(record)
    return pl.Schema({f.name: polars_type(hints[f.name]) for f in fields(record)})


def columns_of(record: type) -> dict[str, str]:
    """Column name → DuckDB type, in the order of the fields."""
    hints = get_type_hints(record)
    return {f.name: sql_type(hints[f.name]) for f in fields(record)}


def fields_of(record: type) -> dict[str, dict[str, str]]:
    """Columns that hold lists of records of their own: name → field → DuckDB type."""
    found = {}
    for name, hint in get_type_hints(record).items():
        kind = next(k for k in get_args(hint) if k is not type(None)) if _is_optional(hint) else hint
        inner = get_args(kind)[0] if get_origin(kind) is list else None
        if is_dataclass(inner):
            found[name] = {field: sql_type(t) for field, t in get_type_hints(inner).items()}
    return found


def clean(value: Any) -> Any:
    """Page text may hold NUL and lone surrogates, which no table can: each becomes U+FFFD."""
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else BAD.sub("\ufffd", value)
    if isinstance(value, (list, tuple)):
        return [clean(v) for v in value]
    return {k: clean(v) for k, v in value.items()} if isinstance(value, dict) else value


def frame(records: list[Any]) -> pl.DataFrame:
    """Records of one dataclass as a typed frame, one row each."""
    schema = schema_of(type(records[0]))
    return pl.DataFrame([clean(asdict(r)) for r in records], schema=schema, orient="row")
