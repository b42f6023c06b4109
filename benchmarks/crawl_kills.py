"""kill -9 at random during a crawl: is what the lake holds in the end what an undisturbed crawl gives, and what was asked twice?

python benchmarks/crawl_kills.py                      # 2,000 pages with an image each, 20 kills
python benchmarks/crawl_kills.py --pages 120 --hosts 12 --kills 3

The crawl is a process of its own with a lake, stages and fetcher as in `vwi run`; names resolve to a made-up public address, and
what dials goes to a server on loopback, another process, whose log is counted.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import loopback
import polars as pl

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
STAGES = ["fetch_pages", "build_trees", "fetch_images"]
TABLES = {
    "verdicts.pages": "url, final_url, status, content_type, body_sha, size_bytes, robots, rejected_because",
    "verdicts.trees": "url, body_sha, tree_sha, n_words, n_images, rejected_because",
    "verdicts.images": "image_url, sha256, width, height, size_bytes, rejected_because",
}


def settings(lake: Path, delay_s: float, in_flight: int):
    from vwi_lake.settings import FetchSettings, LakeSettings, Settings

    asked = FetchSettings(contact="https://crawler.example/about", seconds_between=delay_s, in_flight=in_flight, browser=False)
    return Settings(lake=LakeSettings(path=str(lake)), fetch=asked, processes=1)


def make_world_to(port: int):
    """The world of the settings, its fetcher's resolver and dialler replaced."""
    from vwi_lake.providers.http import dial_tcp
    from vwi_lake.providers.make import make_world

    async def resolve(_: str) -> list[str]:
        return ["93.184.215.14"]

    async def dial(_address: str, _port: int, timeout_s: float | None):
        return await dial_tcp("127.0.0.1", port, timeout_s)

    def make(given):
        world = make_world(given)
        return replace(world, fetcher=replace(world.fetcher, resolve=resolve, dial=dial))

    return make


def crawl(lake: Path, port: int, delay_s: float, in_flight: int) -> None:
    from vwi_lake.run import Run, choose

    with Run(settings(lake, delay_s, in_flight), choose(only=STAGES), make=make_world_to(port)) as run:
        for stage in run.stages:
            for rows in run.pending(stage):
                run.ask(stage, rows)
        run.finish()


def sow(lake: Path, pages: int, hosts: int) -> None:
    """Hits of one search, as if a seed had been searched for."""
    from vwi_lake.lake import Lake
    from vwi_lake.records import BRONZE
    from vwi_lake.rules import Rules
    from vwi_lake.stages.search_images import Search, SearchHit

    opened = Lake.open(settings(lake, 0, 1).lake, Rules(), BRONZE)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    known = {"search_id": "1", "seed_id": None, "provider": "all", "run_id": "sown", "asked_at": now}
    hits = []
    for n in range(pages):
        domain = f"site{n % hosts}.example"
        url = f"http://h.{domain}/p/{n // hosts}"
        hits.append(SearchHit(**known, rank=n + 1, page_url=url, image_url=None, score=0.0, url=url, host=f"h.{domain}", domain=domain))
    opened.append([Search(**known, corpus=""), *hits])
    opened.close()


class Crawl:
    """A crawl in a process of its own."""

    def __init__(self, lake: Path, port: int, given: argparse.Namespace) -> None:
        self.lake, self.port, self.given = lake, port, given

    def start(self) -> subprocess.Popen:
        command = [sys.executable, __file__, "--crawl", str(self.lake), "--port", str(self.port)]
        command += ["--delay", str(self.given.delay), "--in-flight", str(self.given.in_flight)]
        return subprocess.Popen(command, start_new_session=True)

    def finish(self) -> None:
        if self.start().wait():
            raise SystemExit("the crawl failed")

    def killed_after(self, log: Path, requests: int) -> bool:
        """Killed with all its processes when the server has heard so many more requests; False where it ended before."""
        wanted, process = lines_of(log) + requests, self.start()
        while process.poll() is None:
            if lines_of(log) >= wanted:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return True
            time.sleep(0.002)
        return False


def lines_of(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


def log_frame(log: Path) -> pl.DataFrame:
    columns = ["start", "end", "host", "path"]
    frame = pl.read_csv(log, separator=" ", has_header=False, new_columns=columns)
    return frame.sort("start")


def manners(frame: pl.DataFrame) -> tuple[int, float]:
    """By the server's log: the most requests of one host at a time, and the shortest pause between two."""
    edges = pl.concat([frame.select("host", t="start", d=pl.lit(1)), frame.select("host", t="end", d=pl.lit(-1))]).sort("t", "d")
    at_once = edges.with_columns(pl.col("d").cum_sum().over("host"))["d"].max()
    pauses = frame.with_columns(pause=pl.col("start") - pl.col("end").shift(1).over("host"))
    return int(at_once), float(pauses["pause"].min())


def tables(lake: Path) -> dict[str, pl.DataFrame]:
    from vwi_lake.lake import Lake

    opened = Lake.read(settings(lake, 0, 1).lake)
    found = {name: opened.query(f"select {columns} from {name} order by all") for name, columns in TABLES.items()}
    opened.close()
    return found


def compare(folder: Path, given: argparse.Namespace) -> bool:
    rng, log, calm_log = random.Random(given.seed), folder / "killed.log", folder / "calm.log"
    with loopback.running(latency=given.latency, log=calm_log) as port:
        sow(folder / "calm", given.pages, given.hosts)
        started = time.monotonic()
        Crawl(folder / "calm", port, given).finish()
        print(f"undisturbed: {time.monotonic() - started:.1f} s, {lines_of(calm_log)} requests", flush=True)
    with loopback.running(latency=given.latency, log=log) as port:
        sow(folder / "killed", given.pages, given.hosts)
        going, kills, each = Crawl(folder / "killed", port, given), 0, lines_of(calm_log) / (given.kills + 1)
        while kills < given.kills and going.killed_after(log, rng.randint(1, int(1.8 * each))):
            kills += 1
        going.finish()
        before = lines_of(log)
        going.finish()
        asked_again = lines_of(log) - before
    return report(folder, log, kills, asked_again, given)


def report(folder: Path, log: Path, kills: int, asked_again: int, given: argparse.Namespace) -> bool:
    calm, killed = tables(folder / "calm"), tables(folder / "killed")
    same = {name: calm[name].equals(killed[name]) and calm[name].height > 0 for name in TABLES}
    frame = log_frame(log)
    repeats = sum(n - 1 for n in Counter(zip(frame["host"], frame["path"], strict=True)).values())
    at_once, pause_s = manners(frame)
    print(
        f"{kills} kills; {frame.height} requests, {repeats} of them repeats: at most {kills * given.in_flight} were in flight at the kills"
    )
    print("tables equal: " + ", ".join(f"{name} {same[name]} ({calm[name].height} rows)" for name in TABLES))
    print(f"the same run once more: {asked_again} requests")
    print(f"most requests at once to a host: {at_once}; shortest pause {pause_s:.3f} s of {given.delay} s")
    return all(same.values()) and repeats <= kills * given.in_flight and asked_again == 0 and kills == given.kills


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--delay", type=float, default=0.1, help="seconds between two requests to a host")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each reply")
    parser.add_argument("--in-flight", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--crawl", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.crawl:
        crawl(given.crawl, given.port, given.delay, given.in_flight)
        return
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(0 if compare(Path(folder), given) else 1)


if __name__ == "__main__":
    main()
