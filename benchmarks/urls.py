"""URL selection at web scale: sql/silver/urls.sql in a real lake beside a plain Python loop with the same rules, and its growth.

python benchmarks/urls.py                 # the paper's 1,747,634 hits, both ways, then 100,000 to 10,000,000 rows of SQL
python benchmarks/urls.py --hits 100000 --sizes
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import generated_hits
import plain_loop

from vwi_lake.lake import Lake
from vwi_lake.rules import Rules
from vwi_lake.settings import LakeSettings

PAPER = 1_747_634  # the URLs its searches returned
MEMORY_LIMIT = "1400MB"  # DuckDB's own; what it does not count (allocator, Python, polars) comes on top


def step_generate(lake: Lake, n: int) -> dict:
    generated_hits.generate(lake.connection, n)
    return {}


def step_sql(lake: Lake, n: int) -> dict:
    """The whole selection: Parquet in, Parquet out, one commit."""
    lake.connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
    started, cpu = time.perf_counter(), time.process_time()
    lake.rebuild(["silver.urls"])
    measured = {"wall_s": time.perf_counter() - started, "cpu_s": time.process_time() - cpu, "peak_mb": peak_mb()}
    reasons = lake.query("select coalesce(rejected_because, 'kept') as reason, count(*) as n from verdicts.urls group by 1 order by n desc")
    return measured | {"reasons": dict(reasons.iter_rows())}


def step_loop(lake: Lake, n: int) -> dict:
    """Rows lie ready in memory before the clock starts, which favours the loop; the kept URLs must be those of the SQL."""
    lists = plain_loop.read_lists(Rules())
    hits = lake.query("select search_id, rank, score, url, host, domain from bronze.search_hits").to_dicts()
    started, cpu = time.perf_counter(), time.process_time()
    kept = plain_loop.keep(hits, lists)
    measured = {"wall_s": time.perf_counter() - started, "cpu_s": time.process_time() - cpu, "peak_mb": peak_mb()}
    by_sql = set(lake.query("select url from silver.urls")["url"])
    assert kept == by_sql, f"{len(kept - by_sql)} URLs only in the loop, {len(by_sql - kept)} only in SQL: {sorted(kept ^ by_sql)[:6]}"
    return measured | {"kept": len(kept)}


STEPS = {"generate": step_generate, "sql": step_sql, "loop": step_loop}


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def run_step(step: str, folder: str, n: int) -> dict:
    """In a process of its own, so that its peak memory is its own."""
    command = [sys.executable, __file__, "--step", step, "--folder", folder, "--hits", str(n)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def measure(n: int, with_loop: bool) -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        run_step("generate", folder, n)
        sql = run_step("sql", folder, n)
        print(f"| SQL | {n:,} | {sql['wall_s']:.1f} | {sql['cpu_s']:.1f} | {n / sql['wall_s']:,.0f} | {sql['peak_mb']:,} |", flush=True)
        if with_loop:
            loop = run_step("loop", folder, n)
            ratio = f"{loop['wall_s'] / sql['wall_s']:.1f} times the SQL's wall time, {loop['cpu_s'] / sql['cpu_s']:.1f} its CPU time"
            print(f"| loop | {n:,} | {loop['wall_s']:.1f} | {loop['cpu_s']:.1f} | {n / loop['wall_s']:,.0f} | {loop['peak_mb']:,} |")
            print(f"\nThe loop takes {ratio}; both keep the same {loop['kept']:,} URLs. {sql['reasons']}\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hits", type=int, default=PAPER)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        lake = Lake.open(LakeSettings(path=str(Path(given.folder) / "lake")))
        print(json.dumps(STEPS[given.step](lake, given.hits)))
        return
    print("| way | rows | wall s | CPU s | rows a second | peak MB |\n|---|---|---|---|---|---|")
    measure(given.hits, with_loop=True)
    for n in given.sizes:
        measure(n, with_loop=False)


if __name__ == "__main__":
    main()
