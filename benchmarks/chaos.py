"""Kill everything, again and again: is the data set in the end what an undisturbed run gives?

python benchmarks/chaos.py --kills 100 --web ../shared/corpus/sites     # make chaos N=100 WEB=…
python benchmarks/chaos.py --kills 4                                    # the short form, on the demo's web
python benchmarks/chaos.py --disk-full                                  # a lake on a small tmpfs (root only)

Two workers, each with a folder of its own, share a run on PostgreSQL + S3. At random moments, and at commit boundaries (a worker
ends itself just before or just after a commit), one of these is killed without warning and started again:

  worker    with all its processes (SIGKILL)
  commit    a worker, just before or just after it commits
  postgres  immediate shutdown, as in a crash; it recovers from its log
  s3        connections cut and refused for a while (what stands in front of the store; its objects stay)
  clock     a worker is killed, and what starts next has a clock that is days off, to and fro

Where a run ends before the kills do, another one is begun on a lake of its own. Where a worker stops with an error of ours because a
server was gone, it is started again, as Prefect or Kubernetes would.
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
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
import servers  # noqa: E402
import team  # noqa: E402

KINDS = ("worker", "worker", "commit", "commit", "postgres", "s3", "clock")
RUN_S = 1800  # that one run may take with all its kills


def mortal() -> None:
    """`vwi` as it is, but its clock is VWI_OFF seconds off, and it ends itself at the VWI_DIES-th commit, just before or just after."""
    from vwi_lake import cli, stage
    from vwi_lake.lake import Lake

    left, write, off = int(os.environ.get("VWI_DIES", "-1")), Lake._write, timedelta(seconds=int(os.environ.get("VWI_OFF", "0")))

    class Off(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + off

    def dying(self: Lake, work, note: str = "") -> None:
        nonlocal left
        left -= 1
        if left == 0 and os.environ["VWI_DIES_BEFORE"] == "1":
            write(self, lambda: (work(), os.killpg(0, signal.SIGKILL)), note)
        write(self, work, note)
        if left == 0:
            os.killpg(0, signal.SIGKILL)

    Lake._write, stage.datetime = dying, Off
    cli.main()


class Chaos:
    def __init__(self, kills: int, web: str, seed: int, n_workers: int) -> None:
        self.left, self.web, self.random, self.n_workers = kills, web, random.Random(seed), n_workers
        self.done: Counter[str] = Counter()
        self.stops = 0  # workers that said what was wrong and ended
        self.offset, self.next_is_mortal = 0, False

    def run(self, config: Path, hosts: list[Path], postgres: servers.Postgres, door: servers.Door) -> None:
        """One run to its end, with all kills that fall into it."""
        began, workers = time.monotonic(), [self.start(config, host) for host in hosts]
        due = time.monotonic() + self.pause_s()
        while True:
            for number, worker in enumerate(workers):
                if worker.poll() is None or worker.returncode == 0:
                    continue
                if worker.returncode == 2:
                    self.stops += 1
                elif worker.returncode != -signal.SIGKILL:
                    raise SystemExit(f"a worker ended with {worker.returncode}:\n" + (hosts[number] / "said.log").read_text()[-3000:])
                workers[number] = self.start(config, hosts[number])
            if all(worker.poll() == 0 for worker in workers):
                return
            if time.monotonic() > began + RUN_S:
                raise SystemExit("the run does not end:\n" + "\n".join((host / "said.log").read_text()[-2000:] for host in hosts))
            if self.left > 0 and time.monotonic() > due:
                self.strike([w for w in workers if w.poll() is None], postgres, door)
                due = time.monotonic() + self.pause_s()
            time.sleep(0.05)

    def pause_s(self) -> float:
        """Long enough that a worker does something between two kills, at times."""
        return self.random.uniform(0.5, 8.0)

    def start(self, config: Path, host: Path) -> subprocess.Popen:
        more = {"VWI_OFF": str(self.offset)}
        if self.next_is_mortal:
            self.next_is_mortal = False
            more |= {"VWI_DIES": str(self.random.randint(1, 12)), "VWI_DIES_BEFORE": str(self.random.randint(0, 1))}
        return team.start(config, host, self.web, program=[__file__, "--mortal"], **more)

    def strike(self, alive: list[subprocess.Popen], postgres: servers.Postgres, door: servers.Door) -> None:
        kind = self.random.choice(KINDS)
        if kind in ("worker", "commit", "clock") and not alive:
            return
        self.left -= 1
        self.done[kind] += 1
        if kind == "postgres":
            postgres.kill()
            time.sleep(self.random.uniform(0, 2))
            postgres.start()
        elif kind == "s3":
            door.kill()
            time.sleep(self.random.uniform(0, 2))
            door.open()
        else:
            self.next_is_mortal = kind == "commit"
            if kind == "clock":
                self.offset = self.random.choice((-3, -1, 1, 3, 30)) * 86_400
            os.killpg(self.random.choice(alive).pid, signal.SIGKILL)


def kill_and_compare(kills: int, web: str, seed: int, n_workers: int) -> bool:
    chaos, good, runs, began = Chaos(kills, web, seed, n_workers), True, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as name, servers.postgres() as postgres, servers.s3("lake") as store, servers.Door(store) as door:
        folder = Path(name)
        seconds = team.timed(team.settings_file(folder / "calm", {}, 2), [folder / "calm" / "lake"], web)
        print(f"undisturbed, 1 worker on SQLite: {seconds:.0f} s", flush=True)
        expected = team.opened(folder / "calm" / "lake", {})
        os.environ["AWS_ENDPOINT_URL"] = door.address
        while chaos.left > 0:
            runs += 1
            postgres.create(f"run{runs}")
            places = {
                "catalog": f"postgres:{postgres.dsn_of(f'run{runs}')}",
                "data": f"s3://lake/{runs}/data/",
                "blobs": f"s3://lake/{runs}/blobs",
                "lease_s": 8,
            }
            hosts = [folder / f"{runs}" / f"host-{i}" for i in range(n_workers)]
            chaos.run(team.settings_file(folder / f"{runs}", places, 1), hosts, postgres, door)
            print(f"run {runs}: {sum(chaos.done.values())} kills so far {dict(chaos.done)}", flush=True)
            lake = team.opened(hosts[0], places)
            good &= team.report(expected, lake, strict=False)
            lake.close()
        expected.close()
    total = sum(chaos.done.values())
    print(f"{total} kills {dict(chaos.done)} in {runs} run(s), {time.monotonic() - began:.0f} s; {chaos.stops} stops with a message")
    return good and total >= kills


# -- disk full -------------------------------------------------------------------------------------------------------------


def fill_the_disk(web: str) -> bool:
    """A run on a disk that is too small stops and says why; on a larger one the same command goes on to the same data set."""
    with tempfile.TemporaryDirectory() as name:
        folder, small = Path(name), Path(name) / "small"
        small.mkdir()
        team.timed(team.settings_file(folder / "calm", {}, 2), [folder / "calm" / "lake"], web)
        expected, size = team.opened(folder / "calm" / "lake", {}), used_mb(folder / "calm" / "lake")
        good, stops = True, 0
        try:
            for part in (0.3, 0.6, 0.9, 4.0):
                option = f"{'remount,' if stops else ''}size={max(1, int(size * part * 1024))}k"
                subprocess.run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", small], check=True)
                worker = team.start(team.settings_file(folder / "one", {}, 1), small / "lake", web, said=folder / "said.log")
                code, said = worker.wait(), (folder / "said.log").read_text()
                last = said.strip().splitlines()[-1] if said.strip() else ""
                print(f"disk of {part:.1f} of what is needed: exit {code}: {last[:200]}", flush=True)
                good &= code == (0 if part > 1 else 2) and "Traceback" not in said
                stops += 1
            lake = team.opened(small / "lake", {})
            good &= team.report(expected, lake, strict=False)
            lake.close()
        finally:
            subprocess.run(["umount", small], check=False)
        expected.close()
    return good


def used_mb(folder: Path) -> float:
    return sum(f.stat().st_blocks * 512 for f in folder.rglob("*") if f.is_file()) / (1 << 20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--web", default="demo", help="saved sites")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--disk-full", action="store_true")
    given = parser.parse_args()
    web = given.web if given.web == "demo" else str(Path(given.web).absolute())
    good = fill_the_disk(web) if given.disk_full else kill_and_compare(given.kills, web, given.seed, given.workers)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--mortal"]:
        del sys.argv[1]
        mortal()
    else:
        main()
