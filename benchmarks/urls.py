"""URL selection at web scale: sql/silver/urls.sql in a real lake beside a plain Python loop with the same rules, and its growth.

python benchmarks/urls.py                 # the paper's 1,747,634 hits, both ways, then 100,000 to 10,000,000 rows of SQL
python benchmarks/urls.py --hits 100000 --sizes
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import generated_hits
import plain_loop

from vwi_lake.lake import Lake
from vwi_lake.rules import Rules
from vwi_lake.scratch import scratch
from vwi_lake.settings import LakeSettings

PAPER = 1_747_634  # the URLs its searches returned
MEMORY_MB = 1400  # DuckDB's own limit at the paper's size; what it does not count (allocator, Python, polars) comes on top


def step_generate(folder: Path, n: int) -> dict:
    lake = Lake.open(LakeSettings(path=str(folder / "lake")))
    generated_hits.generate(lake.connection, n)
    lake.connection.execute(f"attach '{folder / 'hits.duckdb'}' as plain")
    lake.connection.execute("create schema plain.bronze")
    for table in ("searches", "search_hits"):
        lake.connection.execute(f"create table plain.bronze.{table} as from lake.bronze.{table}")
    return {}


def step_lake(folder: Path, n: int) -> dict:
    """A rebuild as `vwi run` does it: Parquet in, Parquet out, one commit."""
    lake = Lake.open(LakeSettings(path=str(folder / "lake"), memory=f"{memory_mb(n)}MB"))
    with clock() as measured:
        lake.rebuild(["silver.urls"])
    return measured


def step_sql(folder: Path, n: int) -> dict:
    """From a table to rows in memory, as the loop leaves them; then kept for the loop to compare with."""
    connection = scratch(Rules(), [], str(folder / "hits.duckdb"))
    connection.execute(f"set memory_limit = '{memory_mb(n)}MB'")
    with clock() as measured:
        connection.execute(f"create temp table judged as {Rules().models['silver.urls']}")
    connection.execute("create table verdicts.urls as select url, rejected_because from judged")
    reasons = connection.execute("select coalesce(rejected_because, 'kept'), count(*) from judged group by 1 order by 2 desc").fetchall()
    return measured | {"reasons": dict(reasons)}


def step_loop(folder: Path, n: int) -> dict:
    """Rows lie ready in memory before the clock starts, which favours the loop; its kept URLs and all reasons must be those of the SQL."""
    lists = plain_loop.read_lists(Rules())
    connection = duckdb.connect(str(folder / "hits.duckdb"), read_only=True)
    hits, rounds = connection.execute("from bronze.search_hits").pl().to_dicts(), plain_loop.read_rounds(connection)
    with clock() as measured:
        rows = plain_loop.select(hits, lists, rounds)
    kept = {row["url"] for row in rows if row["rejected_because"] is None}
    by_sql = {url for (url,) in connection.execute("select url from verdicts.urls where rejected_because is null").fetchall()}
    assert kept == by_sql, f"{len(kept - by_sql)} URLs only in the loop, {len(by_sql - kept)} only in SQL: {sorted(kept ^ by_sql)[:6]}"
    reasons = Counter(row["rejected_because"] or "kept" for row in rows)
    return measured | {"kept": len(kept), "reasons": reasons}


def memory_mb(n: int) -> int:
    """More for more rows: the groups of `contested` cannot be moved to disk."""
    return max(MEMORY_MB, MEMORY_MB * n // PAPER)


@contextmanager
def clock() -> Iterator[dict]:
    """Wall and CPU seconds of the block, and the process's peak memory after it."""
    measured: dict = {}
    started, cpu = time.perf_counter(), time.process_time()
    yield measured
    measured |= {"wall_s": time.perf_counter() - started, "cpu_s": time.process_time() - cpu, "peak_mb": peak_mb()}


STEPS = {"generate": step_generate, "lake": step_lake, "sql": step_sql, "loop": step_loop}


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def run_step(step: str, folder: str, n: int) -> dict:
    """In a process of its own, so that its peak memory is its own."""
    command = [sys.executable, __file__, "--step", step, "--folder", folder, "--hits", str(n)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def measure(n: int, with_loop: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run_step("generate", folder, n)
        done = {step: run_step(step, folder, n) for step in (["sql", "loop", "lake"] if with_loop else ["sql"])}
    for step, m in done.items():
        print(f"| {step} | {n:,} | {m['wall_s']:.1f} | {m['cpu_s']:.1f} | {n / m['wall_s']:,.0f} | {m['peak_mb']:,} |", flush=True)
    if with_loop:
        sql, loop = done["sql"], done["loop"]
        assert sql["reasons"] == loop["reasons"], (sql["reasons"], loop["reasons"])
        wall, cpu = (loop[clocked] / sql[clocked] for clocked in ("wall_s", "cpu_s"))
        print(f"\nThe loop takes {wall:.1f} times the SQL's wall time, {cpu:.1f} its CPU time.")
        print(f"Both keep the same {loop['kept']:,} URLs and drop the others for the same reasons: {sql['reasons']}\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hits", type=int, default=PAPER)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(STEPS[given.step](Path(given.folder), given.hits)))
        return
    print("| way | rows | wall s | CPU s | rows a second | peak MB |\n|---|---|---|---|---|---|")
    if given.hits:
        measure(given.hits, with_loop=True)
    for n in given.sizes:
        measure(n, with_loop=False)


if __name__ == "__main__":
    main()
