"""Model calls at scale, against a server of our own on loopback: their rate and CPU, the book's look-ups, and what kills do.

python benchmarks/llm.py rate     # 128 in flight at 2 s latency, through ledger and spool, beside the ideal
python benchmarks/llm.py book     # 10^6 replies in the spool, 10^4 pending hashes looked up
python benchmarks/llm.py kill     # kill -9 at random times through 2,000 calls of the real stages; compared with an undisturbed run
"""

import argparse
import asyncio
import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import servers

from vwi_lake.blobs import Blobs
from vwi_lake.lake import Lake
from vwi_lake.providers.ledger import Request
from vwi_lake.providers.llm import make_llm
from vwi_lake.providers.llm_reply import LlmReply
from vwi_lake.providers.spool import Spool
from vwi_lake.settings import LakeSettings, LlmSettings, Settings

HERE = Path(__file__).parent
WIRE_S = 0.02  # an answer written so shortly before a kill may still be in the socket
COMPARED = (
    "select * from gold.dataset", "select qa_id, groups, compared_by, error from bronze.answer_comparisons group by all",
    "select qa_id, sample, drafter, answer, short_answer, error from bronze.answer_drafts group by all",
    "select qa_id, valid, why, error from bronze.qa_checks group by all",
)  # fmt: skip


# -- rate --------------------------------------------------------------------------------------------------------------


async def ask_all(settings: Settings, requests: list[Request]) -> dict[str, float]:
    ledger = make_llm(settings, Blobs(settings.lake.path + "/blobs"))
    assert ledger is not None
    await ledger.call(requests.pop())  # the endpoint is looked for, the connection made
    cpu, started = time.process_time(), time.monotonic()
    calls = await asyncio.gather(*map(ledger.call, requests))
    wall_s = time.monotonic() - started
    cpu_ms = (time.process_time() - cpu) * 1000 / len(calls)
    await ledger.close()
    assert all(call and call.outcome == "ok" for call in calls)
    return {"calls": len(calls), "wall_s": round(wall_s, 2), "rate": round(len(calls) / wall_s, 2), "cpu_ms_a_call": round(cpu_ms, 2)}


def rate(folder: Path, n: int, in_flight: int, latency_s: float) -> None:
    words = "A block slides down a plane of 30 degrees without friction. How fast is it after two seconds? " * 4
    messages = [[{"role": "user", "content": f"Answer the question {words} {i}"}] for i in range(n + 1)]
    requests = [Request("draft_answers", str(i), "gpt-4o-mini", "p", m) for i, m in enumerate(messages)]
    with servers.model(latency_s, folder / "log") as url:
        os.environ["OPENAI_BASE_URL"] = url
        settings = Settings(lake=LakeSettings(path=str(folder / "lake")), llm=LlmSettings(in_flight=in_flight))
        measured = asyncio.run(ask_all(settings, requests))
    ideal = in_flight / latency_s
    print(json.dumps(measured | {"ideal_rate": ideal, "share_of_ideal": round(measured["rate"] / ideal, 3)}))


# -- book --------------------------------------------------------------------------------------------------------------


def book(folder: Path, n: int, looked_up: int) -> None:
    spool = Spool(folder / "llm-replies.sqlite")
    reply = json.dumps(asdict(LlmReply("Working.\n\nAnswer: 42 " * 10, "m", 100, 50, 0, 1.0, 1, "ok")))
    keys = [f"{i:064x}" for i in range(n)]
    started = time.monotonic()
    for at in range(0, n, 10_000):
        spool.write([("insert into replies (request_hash, reply) values (?, ?)", (key, reply)) for key in keys[at : at + 10_000]]).result()
    filled_s = time.monotonic() - started
    spool.close()
    spool = Spool(folder / "llm-replies.sqlite")
    chosen = random.Random(1)
    pending = [chosen.choice(keys) if i % 2 else f"{n + i:064x}" for i in range(looked_up)]
    started = time.monotonic()
    found = sum(spool.find(key) is not None for key in pending)
    looked_s = time.monotonic() - started
    spool.close()
    print(json.dumps({"rows": n, "filled_s": round(filled_s, 1), "looked_up": looked_up, "found": found, "seconds": round(looked_s, 2)}))


# -- kill --------------------------------------------------------------------------------------------------------------


def write_web(folder: Path, pages: int, problems: int) -> Path:
    """Problem sheets; every answer is wrong by the server's lights, so that alignment asks too."""
    site = folder / "web" / "sums.example"
    site.mkdir(parents=True)
    for page in range(pages):
        asked = [page * problems + i for i in range(problems)]
        items = [
            f"<h3>Problem {i + 1}</h3><p>A shop sells {k + 3} crates of {k % 7 + 2} pears. How many pears are that?</p>"
            f"<h4>Solution</h4><p>There are {-k - 1} pears in all.</p>"
            for i, k in enumerate(asked)
        ]
        (site / f"sheet{page}.html").write_text(f"<html><title>Sheet {page}</title><body>{''.join(items)}</body></html>")
    return folder / "web"


def kill(folder: Path, kills: int, pages: int) -> None:
    web, log = write_web(folder, pages, 40), folder / "log"
    config = folder / "vwi.toml"
    config.write_text("processes = 1\n[llm]\nseed = 7\nin_flight = 32\n[fetch]\nbrowser = false\n")
    with servers.model(0.3, log) as url:
        environment = os.environ | {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-none"}

        def start(lake: str) -> subprocess.Popen:
            command = [
                sys.executable,
                "-m",
                "vwi_lake",
                "run",
                "--config",
                config,
                "--web",
                web,
                "--search",
                "all",
                "--lake",
                folder / lake,
            ]
            return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

        started = time.monotonic()
        assert start("undisturbed").wait(600) == 0
        undisturbed_s, calls = time.monotonic() - started, answered(log)
        log.write_text("")
        chosen, done_at_kills, in_flight, on_the_wire = random.Random(), [], [], []
        for _ in range(kills):
            since, done = len(log.read_text()), answered(log).total()
            process, target = start("killed"), done + chosen.randint(1, calls.total() // (2 * kills))
            while process.poll() is None and answered(log).total() < target:
                time.sleep(0.01)
            time.sleep(chosen.uniform(0.0, 0.3))  # else it comes just when a bunch was answered
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            killed_at = time.time()
            process.wait()
            asked, done = answered(log, since, "asked"), answered(log, since)
            in_flight.append(asked - done)
            on_the_wire.append(done - answered(log, since, until=killed_at - WIRE_S))
            done_at_kills.append(answered(log).total())
            time.sleep(0.5)
        assert start("killed").wait(600) == 0
    all_answered = answered(log)
    open_at_kills, sent_at_kills = (sum(counts, Counter()) for counts in (in_flight, on_the_wire))
    twice = Counter({key: n - 1 for key, n in all_answered.items() if n > 1})
    print(json.dumps({
        "calls_undisturbed": calls.total(), "undisturbed_s": round(undisturbed_s, 1), "kills": kills, "answered_at_kills": done_at_kills,
        "answered": all_answered.total(), "distinct": len(all_answered), "in_flight_at_kills": open_at_kills.total(),
        "answered_twice": twice.total(), "of_them_not_in_flight": (twice - open_at_kills).total(),
        "nor_answered_just_before": (twice - open_at_kills - sent_at_kills).total(), "rows_that_differ": differing(folder),
    }))  # fmt: skip


def answered(log: Path, since: int = 0, word: str = "answered", until: float = math.inf) -> Counter:
    """Keys of the server's log from character `since` on, up to a time."""
    lines = (line.split() for line in log.read_text()[since:].split("\n") if line.startswith(word + " "))
    return Counter(key for _, key, at in lines if float(at) <= until)


def differing(folder: Path) -> int:
    one, other = (Lake.read(LakeSettings(path=str(folder / name))) for name in ("undisturbed", "killed"))
    n = 0
    for sql in COMPARED:
        a, b = one.query(sql), other.query(sql)
        other.show("theirs", a)
        n += other.query(f"from (from theirs except all ({sql})) union all from (({sql}) except all from theirs)").height
        assert b.height
    one.close()
    other.close()
    return n


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("rate", "book", "kill"))
    parser.add_argument("--calls", type=int, default=2560, help="of rate")
    parser.add_argument("--in-flight", type=int, default=128)
    parser.add_argument("--latency", type=float, default=2.0)
    parser.add_argument("--rows", type=int, default=1_000_000, help="of book")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pages", type=int, default=9, help="of kill; forty problems each")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.what == "rate":
            rate(folder, given.calls, given.in_flight, given.latency)
        elif given.what == "book":
            book(folder, given.rows, 10_000)
        else:
            kill(folder, given.kills, given.pages)


if __name__ == "__main__":
    main()
