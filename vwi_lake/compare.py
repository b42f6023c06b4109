"""Two snapshots of a lake side by side: yields per table and reason, pairs gained and lost, and what became of those that were lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl

from vwi_lake.lake import Lake
from vwi_lake.settings import LakeSettings

# Where a pair can be rejected, the last judge first.
JUDGES = ("clean_pairs", "unique_pairs", "aligned_answers", "qa_pairs", "qa_candidates")
PAGE_JUDGES = ("trees", "pages", "urls")  # and its page
KEYS = ["stage", "table_name", "rejected_because"]


@dataclass(frozen=True)
class Difference:
    yields: pl.DataFrame  # stage, table_name, rejected_because, rows before and after, change: those that differ
    gained: int
    lost: pl.DataFrame  # why, pairs
    changed: int  # pairs in both with another answer


def compare(settings: LakeSettings, before: str, after: str | None = None) -> Difference:
    """`before` and `after` are snapshot numbers or ids of runs; without `after`, the lake as it is now."""
    with _opened(settings, before) as old, _opened(settings, after) as new:
        were, are = (lake.query("select qa_id, page_url, answer from gold.dataset order by qa_id") for lake in (old, new))
        both = were.join(are, on="qa_id", suffix="_now")
        lost = were.join(are, on="qa_id", how="anti")
        return Difference(
            yields=_yields(old.yields(), new.yields()),
            gained=are.join(were, on="qa_id", how="anti").height,
            lost=_reasons(new, lost),
            changed=both.filter(pl.col("answer") != pl.col("answer_now")).height,
        )


@contextmanager
def _opened(settings: LakeSettings, at: str | None) -> Iterator[Lake]:
    lake = Lake.read(settings, at)
    try:
        yield lake
    finally:
        lake.close()


def _yields(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    rows = [frame.select(*KEYS, pl.col("rows").alias(name)) for frame, name in ((old, "before"), (new, "after"))]
    joined = (
        rows[0]
        .join(rows[1], on=KEYS, how="full", coalesce=True, nulls_equal=True, maintain_order="right_left")
        .with_columns(pl.col("before", "after").fill_null(0))
    )
    return joined.with_columns(change=pl.col("after") - pl.col("before")).filter(pl.col("change") != 0)


def _reasons(lake: Lake, lost: pl.DataFrame) -> pl.DataFrame:
    """What the later snapshot says of pairs that it no longer has."""
    lake.show("lost", lost.select("qa_id", "page_url"))
    there = set(
        lake.query("select table_name from duckdb_tables() where database_name = 'lake' and schema_name = 'verdicts'")["table_name"]
    )
    told = [
        f"select lost.qa_id, {n} as judge, '{judge}: ' || judged.rejected_because as why from lost "
        f"join verdicts.{judge} as judged on {'judged.qa_id = lost.qa_id' if judge in JUDGES else 'judged.url = lost.page_url'} "
        "where judged.rejected_because is not null"
        for n, judge in enumerate((*JUDGES, *PAGE_JUDGES))
        if judge in there
    ]
    return lake.query(
        f"""select coalesce(why, 'its page no longer holds it') as why, count(*) as pairs
        from lost left join (select qa_id, arg_min(why, judge) as why from ({" union all ".join(told)}) group by qa_id) using (qa_id)
        group by why order by pairs desc, why"""
    )
