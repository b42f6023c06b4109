"""Kill everything, again and again: is the data set in the end what an undisturbed run gives?

python benchmarks/chaos.py --kills 100 --web ../shared/corpus/sites     # make chaos N=100 WEB=…
python benchmarks/chaos.py --kills 4                                    # the short form, on the demo's web
python benchmarks/chaos.py --disk-full                                  # a lake on a small tmpfs (root only)

Two workers, each with a folder of its own, share a run on PostgreSQL + S3: one is the flow, against a Prefect server, the other is
`vwi run`. At random moments, and at commit boundaries (a worker ends itself just before or just after a commit), one of these is killed
without warning and started again:

  worker    with all its processes (SIGKILL)
  commit    a worker, just before or just after it commits
  postgres  immediate shutdown, as in a crash; it recovers from its log
  s3        connections cut and refused for a while (what stands in front of the store; its objects stay)
  prefect   the Prefect server (SIGKILL)

Beside every third kill a host's clock jumps by days, to or fro, while its worker is running (what our code reads of the clock, that is:
libfaketime also moves the deadlines of semaphores, which no real jump does, and worker processes cannot live with that).

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
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
import servers  # noqa: E402
import team  # noqa: E402

KINDS = ("worker", "worker", "commit", "commit", "postgres", "s3", "prefect")
RUN_S = 3600  # that one run may take with all its kills
IN_FLIGHT = 64  # rows that a worker asks at a time at most, of saved pages
GONE = 3  # exit of a flow whose Prefect server did not come back soon enough


# -- a worker that can die -------------------------------------------------------------------------------------------------


def mortal() -> None:
    """`vwi` or the flow as it is, but its clock is off by what VWI_OFF holds, and it ends itself at the VWI_DIES-th commit."""
    from vwi_lake import cli, run, stage
    from vwi_lake.lake import Lake

    left, write, off = int(os.environ.get("VWI_DIES", "-1")), Lake._write, Path(os.environ["VWI_OFF"])

    class Off(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(seconds=int(off.read_text()))

    def dying(self: Lake, work, note: str = "") -> None:
        nonlocal left
        left -= 1
        if left == 0 and os.environ["VWI_DIES_BEFORE"] == "1":
            write(self, lambda: (work(), os.killpg(0, signal.SIGKILL)), note)
        write(self, work, note)
        if left == 0:
            os.killpg(0, signal.SIGKILL)

    Lake._write, stage.datetime, run.datetime = dying, Off, Off
    if "PREFECT_API_URL" in os.environ:
        cli.app = flow
    cli.main()


def flow() -> None:
    """The flow with the words of `vwi run`; trouble with Prefect is trouble of the server that was killed."""
    from flows.build_dataset import build_dataset
    from flows.report import UNHEARD

    words = dict(zip(sys.argv[2::2], sys.argv[3::2], strict=True))
    try:
        build_dataset(words["--lake"], [words["--web"]], None, words["--search"], words["--config"])
    except (*UNHEARD, RuntimeError) as error:
        if isinstance(error, OSError) or (type(error) is RuntimeError and "Failed to reach API" not in str(error)):
            raise
        print(f"Prefect: {error!r}", flush=True)
        sys.exit(GONE)


# -- who kills it ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    kills: int
    web: str = "demo"
    workers: int = 2
    seed: int = 1
    kinds: tuple[str, ...] = KINDS
    pause_s: float = 8.0  # at most, between two kills

    def deck(self) -> list[str]:
        """Of each kind as many as its share; which comes when is drawn."""
        drawn = [self.kinds[number % len(self.kinds)] for number in range(self.kills)]
        random.Random(self.seed).shuffle(drawn)
        return drawn


@dataclass
class Chaos:
    plan: Plan
    left: list[str]  # kinds of the kills still to be made
    hosts: list[Path]
    parts: "Parts"
    random: random.Random
    done: Counter[str] = field(default_factory=Counter)
    stops: Counter[int] = field(default_factory=Counter)  # workers that said what was wrong and ended, by exit code
    jumps: int = 0
    next_is_mortal: bool = False

    def run(self, config: Path) -> None:
        """One run to its end, with all kills that fall into it."""
        for host in self.hosts:
            host.mkdir(parents=True, exist_ok=True)
            (host / "clock").write_text("0")
        began, workers = time.monotonic(), [self.start(config, number) for number in range(len(self.hosts))]
        due = time.monotonic() + self.pause()
        while not all(worker.poll() == 0 for worker in workers):
            workers = [worker if self.is_well(number, worker) else self.start(config, number) for number, worker in enumerate(workers)]
            if time.monotonic() > began + RUN_S:
                raise SystemExit("the run does not end:\n" + "\n".join(self.last_words(n) for n in range(len(workers))))
            if self.left and time.monotonic() > due:
                self.strike([worker for worker in workers if worker.poll() is None])
                due = time.monotonic() + self.pause()
            time.sleep(0.05)

    def pause(self) -> float:
        """Long enough that a worker does something between two kills, at times."""
        return self.random.uniform(0.06, 1) * self.plan.pause_s

    def is_well(self, number: int, worker: subprocess.Popen) -> bool:
        """At work or done; one that ended otherwise than by a kill has said why."""
        code = worker.poll()
        if code not in (None, 0, -signal.SIGKILL):
            self.stops[code] += 1
            if code not in ((2, GONE) if self.is_flow(number) else (2,)):
                raise SystemExit(f"a worker ended with {code}:\n" + self.last_words(number))
        return code in (None, 0)

    def is_flow(self, number: int) -> bool:
        return number == 0 and self.parts.prefect is not None

    def last_words(self, number: int) -> str:
        return (self.hosts[number] / "said.log").read_text()[-3000:]

    def start(self, config: Path, number: int) -> subprocess.Popen:
        host = self.hosts[number]
        more = {"VWI_OFF": str(host / "clock")}
        if self.is_flow(number):
            more |= self.parts.prefect.environment
        if self.next_is_mortal:
            self.next_is_mortal = False
            more |= {"VWI_DIES": str(self.random.randint(1, 12)), "VWI_DIES_BEFORE": str(self.random.randint(0, 1))}
        return team.start(config, host, self.plan.web, program=[__file__, "--mortal"], **more)

    def strike(self, alive: list[subprocess.Popen]) -> None:
        if self.random.random() < 1 / 3:
            self.jumps += 1
            (self.random.choice(self.hosts) / "clock").write_text(str(self.random.choice((-3, -1, 0, 1, 3, 30)) * 86_400))
        kind = self.left[-1]
        if kind in ("worker", "commit"):
            if not alive:
                return
            self.next_is_mortal = kind == "commit"
            os.killpg(self.random.choice(alive).pid, signal.SIGKILL)
        else:
            self.parts.restart(kind, self.random.uniform(0, 2))
        self.done[self.left.pop()] += 1


class Parts:
    """The servers of a run, each of which can be killed and comes back with what it held."""

    def __init__(self, folder: Path, with_prefect: bool) -> None:
        self.folder, self.with_prefect = folder, with_prefect

    def __enter__(self) -> "Parts":
        with ExitStack() as opened:
            self.postgres = opened.enter_context(servers.postgres())
            self.door = opened.enter_context(servers.Door(opened.enter_context(servers.s3("lake"))))
            self.prefect = opened.enter_context(servers.Prefect(self.folder / "prefect")) if self.with_prefect else None
            os.environ["AWS_ENDPOINT_URL"] = self.door.address
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def restart(self, kind: str, away_s: float) -> None:
        one = {"postgres": self.postgres, "s3": self.door, "prefect": self.prefect}[kind]
        one.kill()
        time.sleep(away_s)
        one.open()

    def places(self, number: int) -> dict:
        """The settings of [lake] for a lake of its own."""
        self.postgres.create(f"run{number}")
        catalog = f"postgres:{self.postgres.dsn_of(f'run{number}')}"
        return {"catalog": catalog, "data": f"s3://lake/{number}/data/", "blobs": f"s3://lake/{number}/blobs", "lease_s": 8}


def undisturbed_and_not(plan: Plan) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = team.timed(team.settings_file(folder / "calm", {}, 2), [folder / "calm" / "lake"], plan.web)
        print(f"undisturbed, 1 worker on SQLite: {seconds:.0f} s", flush=True)
        expected = team.opened(folder / "calm" / "lake", {})
        good = kill_and_compare(plan, expected, folder)
        expected.close()
    return good


def kill_and_compare(plan: Plan, expected, folder: Path) -> bool:
    """Whether each run with kills gave the gold of the expected lake, and asked twice no more than was in flight."""
    began, left, good, runs = time.monotonic(), plan.deck(), True, 0
    done, stops, jumps = Counter[str](), Counter[int](), 0
    with Parts(folder, "prefect" in plan.kinds) as parts:
        while left:
            runs += 1
            places, hosts = parts.places(runs), [folder / f"{runs}" / f"host-{i}" for i in range(plan.workers)]
            chaos = Chaos(plan, left, hosts, parts, random.Random(plan.seed + runs))
            chaos.run(team.settings_file(folder / f"{runs}", places, 1))
            done, stops, jumps = done + chaos.done, stops + chaos.stops, jumps + chaos.jumps
            print(f"run {runs}: {done.total()} kills so far {dict(done)}", flush=True)
            lake = team.opened(hosts[0], places)
            good &= team.report(expected, lake, may_repeat=IN_FLIGHT * chaos.done.total())
            lake.close()
    print(f"{done.total()} kills {dict(done)} and {jumps} jumps of a clock in {runs} run(s), {time.monotonic() - began:.0f} s")
    print(f"stops with a message, by exit code: {dict(stops)}")
    return good and done.total() == plan.kills


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
            good &= team.report(expected, lake, may_repeat=IN_FLIGHT * stops)
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
    good = fill_the_disk(web) if given.disk_full else undisturbed_and_not(Plan(given.kills, web, given.workers, given.seed))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--mortal"]:
        del sys.argv[1]
        mortal()
    else:
        main()
