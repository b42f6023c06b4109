"""Several workers on one lake: PostgreSQL for its catalog and books, an S3-protocol server for data and blobs, both real, on loopback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import servers
from vwi_lake.lake import Lake
from vwi_lake.settings import LakeSettings

pytestmark = [pytest.mark.slow, pytest.mark.skipif(servers.find_postgres() is None, reason="apt-get install postgresql")]
GOLD = "select * from gold.dataset order by qa_id"
ONCE = {  # table → what it is asked by
    "page_fetches": "url",
    "page_trees": "url, body_sha, version",
    "image_fetches": "image_url",
    "qa_extractions": "url, body_sha, extractor, version",
    "searches": "search_id",
    "seeds": "folder, source, fingerprint",
}


@pytest.fixture(scope="module")
def team():
    with servers.team() as places:
        yield places


def settings_file(folder: Path, places: dict[str, str]) -> Path:
    lines = [f"{name} = {json.dumps(value)}" for name, value in places.items()]
    (folder / "vwi.toml").write_text("processes = 1\n[lake]\n" + "\n".join(lines) + "\n")
    return folder / "vwi.toml"


def start(config: Path, host: Path, *words: str) -> subprocess.Popen:
    """A worker with a folder of its own, as on a host of its own."""
    command = [sys.executable, "-m", "vwi_lake", "run", "--config", str(config), "--lake", str(host), "--web", "demo", *words]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


def ended(worker: subprocess.Popen) -> str:
    said, _ = worker.communicate(timeout=300)
    assert worker.returncode == 0, said
    return said


def test_two_workers_do_what_one_does_and_ask_nothing_twice(tmp_path, team):
    alone = tmp_path / "alone"
    alone.mkdir()
    ended(start(settings_file(alone, {}), alone / "lake", "--search", "all"))
    config = settings_file(tmp_path, team)
    for worker in [start(config, tmp_path / name, "--search", "all") for name in ("one", "two")]:
        ended(worker)
    expected, shared = Lake.read(LakeSettings(path=str(alone / "lake"))), Lake.read(LakeSettings(path=str(tmp_path / "one"), **team))
    assert shared.query(GOLD).equals(expected.query(GOLD))
    assert expected.query(GOLD).height > 30
    for table, key in ONCE.items():
        assert shared.query(f"select {key}, count(*) as n from bronze.{table} group by {key} having n > 1").is_empty(), table
    assert shared.query("select status, count(*) as n from bronze.runs where status = 'completed' group by all")["n"].to_list() == [1]
    expected.close()
    shared.close()
