"""`vwi run --retry`: which rows are asked again, by error class or by a SQL condition on the newest row of each."""

import difflib
import logging
import re
from collections.abc import Sequence

import duckdb
import polars as pl

from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake, table_of
from vwi_lake.stage import Stage

log = logging.getLogger(__name__)
ERROR_CLASS = re.compile("[a-z][a-z0-9_]*")


def retried(lake: Lake, stage: Stage, wanted: Sequence[str]) -> pl.DataFrame:
    """Keys of the rows to ask again; none where a condition reads columns that this stage's table lacks."""
    table, key = table_of(stage.records[0]), stage.key[0]
    frame = pl.DataFrame(schema={key: pl.String})
    for one in wanted:
        condition = f"error = '{one}'" if ERROR_CLASS.fullmatch(one) else one
        sql = f"""
            with latest as (select * from bronze.{table} qualify row_number() over (partition by {key} order by asked_at desc) = 1)
            select {key} from latest where ({condition}\n)
        """
        try:
            frame = frame.vstack(lake.query(_alone(sql, one)))
        except duckdb.BinderException:
            continue
        except duckdb.Error as error:
            raise VwiError(f"--retry {one!r} is neither an error class nor a SQL condition: {str(error).splitlines()[0]}") from None
    return frame.unique()


def check(lake: Lake, stages: Sequence[Stage], wanted: Sequence[str]) -> None:
    """VwiError where a condition fits none of the tables that can be asked again."""
    taking_part = [stage for stage in stages if stage.may_retry]
    if wanted and not taking_part:
        raise VwiError("--retry asks pages or images again, but this run has neither fetch_pages nor fetch_images")
    for one in (w for w in wanted if ERROR_CLASS.fullmatch(w)):
        _warn_of_unknown(lake, taking_part, one)
    for one in (w for w in wanted if not ERROR_CLASS.fullmatch(w)):
        if not any(_fits(lake, stage, one) for stage in taking_part):
            tables = ", ".join(f"bronze.{table_of(stage.records[0])}" for stage in taking_part)
            raise VwiError(f"--retry {one!r} is no condition on the columns of {tables}: try an error class such as timeout")


def _warn_of_unknown(lake: Lake, stages: Sequence[Stage], wanted: str) -> None:
    """A misspelt class would ask nothing and say nothing."""
    sql = " union all ".join(f"select error from bronze.{table_of(stage.records[0])} where error is not null" for stage in stages)
    known = dict(lake.query(f"select error, count(*) as n from ({sql}) group by error order by n desc, error").iter_rows())
    if wanted in known:
        return
    close = difflib.get_close_matches(wanted, known, n=1)
    hint = f": did you mean {close[0]!r}?" if close else "."
    told = ", ".join(f"{error} ({n})" for error, n in list(known.items())[:10]) or "none"
    log.warning("--retry %r: no page or image of this lake failed so%s Errors here: %s", wanted, hint, told)


def _fits(lake: Lake, stage: Stage, condition: str) -> bool:
    try:
        lake.query(_alone(f"select 1 from bronze.{table_of(stage.records[0])} where ({condition}\n) limit 0", condition))
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException):
        return False
    return True


def _alone(sql: str, condition: str) -> str:
    """A condition that closes its bracket and goes on would be run as statements of its own."""
    if len(duckdb.extract_statements(sql)) != 1:
        raise VwiError(f"--retry {condition!r} is more than a condition: write what may stand after `where`, without a semicolon")
    return sql
