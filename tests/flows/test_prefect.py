"""`vwi up`, a deployment run watched to its end, `vwi down`: a real server and worker on loopback."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from vwi_lake import local_prefect
from vwi_lake.errors import VwiError
from vwi_lake.local_prefect import go_there

pytestmark = pytest.mark.slow


@pytest.fixture
def shell(tmp_path):
    """Run a module of this Python in an empty folder, as a user would type it there."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "OPENAI_"))}

    def type_in(*words, check=True):
        command = [sys.executable, "-m", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False)
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    yield type_in
    type_in("vwi_lake", "down", check=False)


def test_up_run_export_down(shell, tmp_path):
    started = time.monotonic()
    said = shell("vwi_lake", "up")
    assert "Prefect is up" in said
    assert time.monotonic() - started < 180
    state = json.loads((tmp_path / ".vwi" / "state.json").read_text())
    mine = [psutil.Process(pid) for pid, _ in state["processes"].values()]
    assert len(mine) == 2

    assert "Prefect is up" in shell("vwi_lake", "up")
    assert json.loads((tmp_path / ".vwi" / "state.json").read_text()) == state, "a second `up` started something"

    assert "Completed" in shell("prefect", "deployment", "run", "build-dataset/local", "--watch")
    assert "Completed" in shell("prefect", "deployment", "run", "export-dataset/local", "--watch")
    pairs = (tmp_path / "export-demo" / "vwi_conversations.jsonl").read_text().splitlines()
    assert len(pairs) > 20
    assert "silver.qa_pairs" in shell("prefect", "artifact", "inspect", "stage-yields")

    assert "stopped worker, server" in shell("vwi_lake", "down")
    assert not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in mine)
    assert not (tmp_path / "prefect.toml").exists()
    assert "nothing was running here" in shell("vwi_lake", "down")


def test_a_prefect_toml_of_the_users_own_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    place = local_prefect.Place(4321)
    (tmp_path / "prefect.toml").write_text("[api]\nurl = 'http://mine'\n")
    assert "PREFECT_API_URL=http://127.0.0.1:4321/api" in local_prefect._point_prefect_here(place)
    assert "mine" in (tmp_path / "prefect.toml").read_text()


def test_only_a_process_of_the_same_start_is_ours():
    me = psutil.Process()
    place = local_prefect.Place(1, {"server": (me.pid, me.create_time() - 100), "worker": (me.pid, me.create_time())})
    assert place.process("server") is None
    assert place.process("worker") is not None


def test_a_port_that_is_taken_is_refused():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(VwiError, match="is taken: name another with --port"):
            local_prefect._free_port(other.getsockname()[1])


def test_a_flow_goes_to_the_folder_of_vwi_up(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path.parent)
    monkeypatch.setenv("VWI_FOLDER", str(tmp_path))
    go_there()
    assert Path.cwd() == tmp_path
