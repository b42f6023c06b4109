"""Do several workers on one lake do what one does, ask nothing twice, and how long do they take?

python benchmarks/team.py --web ../shared/corpus/sites --workers 3
python benchmarks/team.py --latency 2 --workers 3       # with a model that takes two seconds for a reply: what waits gains by workers

One worker on SQLite in a folder, one on PostgreSQL + S3, then several on PostgreSQL + S3: processes of their own, each with a
folder of its own, as on hosts of their own. Servers are real ones on loopback (benchmarks/servers.py).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
import servers  # noqa: E402

ONCE = {  # table → what it is asked by
    "page_fetches": "url",
    "page_trees": "url, body_sha, version",
    "image_fetches": "image_url",
    "qa_extractions": "url, body_sha, extractor, version",
    "searches": "search_id",
    "seeds": "folder, source, fingerprint",
    "llm_calls": "request_hash",
}
DIFFERENT = "(from {a} except all from {b}) union all (from {b} except all from {a})"


def settings_file(folder: Path, places: dict[str, str], processes: int) -> Path:
    """`in_flight` is what one endpoint lets a worker have open at a time; without a model it says nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {json.dumps(value)}" for name, value in places.items()]
    (folder / "vwi.toml").write_text(f"processes = {processes}\n[llm]\nin_flight = 4\n[lake]\n" + "\n".join(lines) + "\n")
    return folder / "vwi.toml"


def start(config: Path, host: Path, web: str, said: Path | None = None, program: list[str] | None = None, **more: str) -> subprocess.Popen:
    """A worker with a folder of its own; what it says goes to a file there."""
    said = said or host / "said.log"
    said.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, *(program or ["-m", "vwi_lake"]), "run", "--config", str(config), "--lake", str(host)]
    command += ["--web", web, "--search", "all"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")} | {"PYTHONPATH": str(ROOT)} | more
    with said.open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)


@contextmanager
def model(latency_s: float | None, log: Path) -> Iterator[dict[str, str]]:
    """What of the environment names a model that takes its time; without a latency there is none."""
    if latency_s is None:
        yield {}
        return
    with servers.model(latency_s, log) as url:
        yield {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-none"}


def timed(config: Path, hosts: list[Path], web: str, **more: str) -> float:
    began = time.monotonic()
    workers = [start(config, host, web, **more) for host in hosts]
    ended = [worker.wait() for worker in workers]
    if any(ended):
        raise SystemExit("a worker failed:\n" + "\n".join((host / "said.log").read_text()[-2000:] for host in hosts))
    return time.monotonic() - began


def opened(path: Path, places: dict[str, str]):
    from vwi_lake.lake import Lake
    from vwi_lake.settings import LakeSettings

    return Lake.read(LakeSettings(path=str(path), **places))


def report(expected, lake, may_repeat: int = 0) -> bool:
    """Whether gold is row-equal both ways, and no more keys than may were asked twice."""
    lake.show("expected_gold", expected.query("select * from gold.dataset"))
    unlike = lake.query(f"select count(*) as n from ({DIFFERENT.format(a='expected_gold', b='gold.dataset')})")["n"][0]
    twice = {
        table: lake.query(f"select count(*) as n from (select {key} from bronze.{table} group by {key} having count(*) > 1)")["n"][0]
        for table, key in ONCE.items()
    }
    pairs = lake.query("select count(*) as n from gold.dataset")["n"][0]
    print(f"  gold: {pairs} pairs, {unlike} rows differ (EXCEPT ALL, both ways); asked twice: {sum(twice.values())} {twice}", flush=True)
    print(f"  {by_worker(lake)}", flush=True)
    if unlike:
        print(f"  failures, expected: {failures(expected)}\n  failures, here:     {failures(lake)}", flush=True)
    return unlike == 0 and pairs > 0 and sum(twice.values()) <= may_repeat


def failures(lake) -> list[tuple]:
    """Where a data set differs, a row that failed is the first to look for."""
    with_error = [table for table in ONCE if table not in ("seeds", "llm_calls")]
    sql = " union all ".join(
        f"select '{table}' as t, error, count(*) as n from bronze.{table} where error is not null group by all" for table in with_error
    )
    return lake.query(f"{sql} order by all").rows()


def by_worker(lake) -> str:
    runs = lake.query("select count(distinct run_id) as runs, count(*) filter (status = 'started') as workers from bronze.runs")
    return f"{runs['runs'][0]} run(s), {runs['workers'][0]} worker(s)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--web", default="demo", help="saved sites")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--latency", type=float, help="seconds a model takes for a reply; without it there is no model")
    given = parser.parse_args()
    web = given.web if given.web == "demo" else str(Path(given.web).absolute())
    with tempfile.TemporaryDirectory() as name, model(given.latency, Path(name) / "asked.log") as more:
        folder, good = Path(name), True
        print(f"1 worker, SQLite: {timed(settings_file(folder / 'a', {}, 2), [folder / 'a' / 'lake'], web, **more):.1f} s", flush=True)
        expected = opened(folder / "a" / "lake", {})
        for n in (1, given.workers):
            with servers.team() as places:
                hosts = [folder / f"{n}" / f"host-{i}" for i in range(n)]
                seconds = timed(settings_file(folder / f"{n}", places, 2 if n == 1 else 1), hosts, web, **more)
                print(f"{n} worker(s), PostgreSQL + S3: {seconds:.1f} s", flush=True)
                lake = opened(hosts[0], places)
                good &= report(expected, lake)
                lake.close()
        expected.close()
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
