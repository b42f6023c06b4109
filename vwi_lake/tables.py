"""Frames as people and programs read them."""

import json
import sys
from typing import Any, Literal

import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

Format = Literal["table", "json", "jsonl", "csv"]


def write(frame: pl.DataFrame, form: Format, console: Console) -> None:
    """A whole result to standard output; `table` cuts long cells, the other forms cut nothing."""
    if form == "table":
        console.print(as_table(frame))
    elif form == "jsonl":
        for row in frame.iter_rows(named=True):
            sys.stdout.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
    elif form == "json":
        json.dump(frame.to_dicts(), sys.stdout, ensure_ascii=False, indent=1, default=str)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(flat(frame).write_csv())


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists and structs as JSON text, since CSV has neither."""
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    texts = [
        pl.Series(n, [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in frame[n].to_list()]) for n in nested
    ]
    return frame.with_columns(texts)


def as_table(frame: pl.DataFrame, longest: int = 80) -> Table:
    table = Table(header_style="bold", caption=f"{frame.height} row{'s' * (frame.height != 1)}", caption_justify="left")
    for name, kind in frame.schema.items():
        table.add_column(name, justify="right" if kind.is_numeric() else "left", overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*(Text(cell(v, longest)) for v in row))
    return table


def cell(value: object, longest: int) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def call(made: dict[str, Any]) -> str:
    """A model call in one line."""
    named = f"request {made['request_hash'][:12]}  prompt {made['prompt_hash']}"
    return "  ".join([made["stage"], made["model"], made["outcome"], dollars(made["cost_usd"]), named])


def dollars(amount: float | None) -> str:
    return "no price known" if amount is None else f"${amount:.6f}"


def rounds(by_round: pl.DataFrame) -> Table:
    """gold.round_yields with a column per round: rounds are few, figures many."""
    table = Table("", *(f"round {number}" for number in by_round["round"]), header_style="bold", title="Rounds", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for name in by_round.columns[1:]:
        table.add_row(name, *(f"{value:,}" for value in by_round[name]))
    return table


BAR = 16


def funnel(yields: pl.DataFrame) -> Table:
    """gold.stage_yields as one line a table: rows in, kept, a bar of the share kept, and what the rest was rejected for."""
    table = Table(header_style="bold", title="Yields", title_justify="left")
    for name, justify in (
        ("stage", "left"),
        ("table", "left"),
        ("rows in", "right"),
        ("kept", "right"),
        ("", "left"),
        ("rejected because", "left"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for (stage, name), rows in yields.group_by("stage", "table_name", maintain_order=True):
        reasons = rows.filter(pl.col("rejected_because").is_not_null())
        told = ", ".join(f"{n:,} {why}" for why, n in reasons.select("rejected_because", "rows").iter_rows())
        total, kept = rows["rows_in"][0], rows["kept"][0]
        table.add_row(str(stage), str(name), f"{total:,}", f"{kept:,}", bar(kept, total), told)
    return table


def bar(kept: int, total: int) -> Text:
    full = round(BAR * kept / total) if total else 0
    return Text("█" * full, style="green") + Text("░" * (BAR - full), style="dim")
