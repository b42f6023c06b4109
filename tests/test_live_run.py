"""Runs over the live fetcher, its resolver and dialler replaced: what is asked, asked again, and left for later."""

import asyncio
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.providers import misbehaving as faults
from vwi_lake.errors import VwiError
from vwi_lake.providers.http import Limits
from vwi_lake.providers.make import make_world
from vwi_lake.run import Run, choose
from vwi_lake.settings import FetchSettings, LakeSettings, Settings
from vwi_lake.stages.search_images import Search, SearchHit

NEWEST = "select * from bronze.page_fetches qualify row_number() over (partition by url order by asked_at desc) = 1"


@contextmanager
def served():
    """The misbehaving server in a thread: a run has an event loop of its own."""
    started, box = threading.Event(), []

    async def serve():
        async with faults.misbehaving() as server:
            box.extend([server, asyncio.Event(), asyncio.get_running_loop()])
            started.set()
            await box[1].wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))  # which ends what the connections left
    thread.start()
    started.wait()
    try:
        yield box[0]
    finally:
        box[2].call_soon_threadsafe(box[1].set)
        thread.join()


@pytest.fixture
def server():
    with served() as running:
        yield running


@pytest.fixture
def crawl(tmp_path, server):
    """Run fetch_pages on a lake that knows these addresses; the newest row of each, and how many there are."""
    settings = Settings(
        lake=LakeSettings(path=str(tmp_path / "lake")),
        fetch=FetchSettings(contact="me@a.example", seconds_between=0, tdmrep=False, browser=False),
    )

    def make(given):
        world = make_world(given)
        limits = Limits(timeout_s=0.3, retries=0, first_pause_s=0.0)
        return replace(world, fetcher=replace(world.fetcher, limits=limits, resolve=server.resolve, dial=server.dial))

    def go(*paths, retry=()):
        server.log.clear()
        with Run(settings, choose(only=["fetch_pages"]), retry=retry, make=make) as run:
            known = {"search_id": "1", "seed_id": None, "provider": "all", "asked_at": datetime(2026, 1, 1, tzinfo=UTC)}
            hits = [hit(known, path) for path in paths]
            run.lake.append([Search(**known, corpus=""), *hits] if hits else [])
            for stage in run.stages:
                for rows in run.pending(stage):
                    run.ask(stage, rows)
            newest = run.lake.query(
                "select * from bronze.page_fetches qualify row_number() over (partition by url order by asked_at desc) = 1"
            )
            n_rows = run.lake.query("select count(*) as n from bronze.page_fetches")["n"][0]
        return {row["url"].removeprefix("http://"): row for row in newest.to_dicts()}, n_rows

    return go


def hit(known, path):
    url, host = f"http://{path}", path.split("/")[0]
    return SearchHit(**known, rank=1, page_url=url, image_url=None, score=0.0, url=url, host=host, domain=host)


def asked(server):
    return sorted(a.host + a.path for a in server.log)


def test_every_url_ends_in_one_row_and_retry_asks_just_those_named(crawl, server):
    errors = {
        "a.example/ok/1": None,
        "a.example/missing/1": "http_status",
        "b.example/silent/1": "timeout",
        "c.example/come-back-tomorrow/1": "deferred",
    }
    rows, n_rows = crawl(*errors)
    assert {url: row["error"] for url, row in rows.items()} == errors
    assert n_rows == 4
    crawl()
    assert asked(server) == []  # not before tomorrow; and what robots.txt says is known
    crawl(retry=["timeout"])
    assert asked(server) == ["b.example/silent/1"]
    rows, n_rows = crawl(retry=["http_status", "retry_at > now()"])
    assert asked(server) == ["a.example/missing/1", "c.example/come-back-tomorrow/1"]
    assert (len(rows), n_rows) == (4, 7)


def test_what_did_not_change_is_not_sent_again(crawl, server):
    before, _ = crawl("a.example/tagged/1", "a.example/changed/1")
    after, n_rows = crawl(retry=["status = 200"])
    assert n_rows == 4
    assert (before["a.example/tagged/1"]["unchanged"], after["a.example/tagged/1"]["unchanged"]) == (False, True)
    assert (
        after["a.example/changed/1"]["unchanged"],
        after["a.example/changed/1"]["body_sha"] == before["a.example/changed/1"]["body_sha"],
    ) == (False, True)
    same = ("final_url", "status", "content_type", "body_sha", "size_bytes", "etag", "error")
    assert [after["a.example/tagged/1"][c] for c in same] == [before["a.example/tagged/1"][c] for c in same]


@pytest.mark.parametrize("condition", ["no_such_column = 1", "select from", "error = 'timeout' or"])
def test_a_condition_that_is_none_is_named(crawl, condition):
    with pytest.raises(VwiError, match="--retry .* no condition on the columns of bronze.page_fetches"):
        crawl(retry=[condition])


def test_a_misspelt_error_class_is_told(crawl, caplog):
    crawl("b.example/silent/1")
    crawl(retry=["timout"])
    assert "'timout': no page or image of this lake failed so: did you mean 'timeout'?" in caplog.text


def test_retry_needs_a_stage_that_fetches(tmp_path):
    settings = Settings(lake=LakeSettings(path=str(tmp_path / "lake")))
    with (
        pytest.raises(VwiError, match="neither fetch_pages nor fetch_images"),
        Run(settings, choose(only=["load_seeds"]), retry=["timeout"]),
    ):
        pass


@pytest.mark.slow
def test_killed_midway_it_ends_as_if_undisturbed():
    """The short form of benchmarks/crawl_kills.py, which exits with 1 where anything differs."""
    script = Path(__file__).parents[1] / "benchmarks" / "crawl_kills.py"
    command = [sys.executable, str(script), "--pages", "24", "--hosts", "6", "--kills", "1", "--delay", "0.02", "--in-flight", "3"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
