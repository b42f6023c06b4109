"""Rows computed on a real Ray that starts and ends with the flow, against a real Prefect server."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from benchmarks import on_ray, servers
from tests.test_run import GOLD, run, settings_at
from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.run import Run
from vwi_lake.settings import LakeSettings

ROOT = Path(__file__).parents[2]


def kill_a_worker(process):
    """One that computes rows, as soon as there is one; Ray names its processes after the task."""
    while process.poll() is None:
        for child in psutil.Process(process.pid).children(recursive=True):
            try:
                if child.name().startswith("ray::compute"):
                    child.kill()
                    return True
            except psutil.Error:
                continue
        time.sleep(0.02)
    return False


@pytest.mark.slow
def test_the_data_set_is_the_same_though_a_worker_of_rays_is_killed(tmp_path):
    (tmp_path / "vwi.toml").write_text('compute = "ray"\nprocesses = 2\n')
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "OPENAI_", "RAY_"))}
    with servers.Prefect(tmp_path / "prefect") as server, (tmp_path / "said.log").open("w") as said:
        command = [sys.executable, "-c", on_ray.FLOW, tmp_path / "ray", "demo", tmp_path / "vwi.toml"]
        flow = subprocess.Popen(command, cwd=ROOT, env=inherited | server.environment, stdout=said, stderr=said)
        killed = kill_a_worker(flow)
        assert flow.wait(timeout=400) == 0, (tmp_path / "said.log").read_text()
    assert killed
    _, _, expected, _ = run(settings_at(tmp_path / "here"))
    lake = Lake.read(LakeSettings(path=str(tmp_path / "ray")))
    assert lake.query(GOLD).equals(expected)
    assert lake.query("from bronze.page_trees where error = 'worker_died'").is_empty()
    lake.close()


def test_outside_of_a_flow_it_says_what_to_do(tmp_path):
    with pytest.raises(VwiError, match="is for flows"), Run(settings_at(tmp_path / "lake", compute="ray")):
        pass
    assert not (tmp_path / "lake").exists()
