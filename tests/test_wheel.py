"""The built wheel holds all that running needs: sql/, flows, prompts, the demo's web."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
CHECKOUT = Path(__file__).parents[1]


def test_the_wheel_runs_the_demo_from_an_empty_folder(tmp_path):
    def do(*command, **more):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    do(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(CHECKOUT))
    (wheel,) = tmp_path.glob("*.whl")
    do(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path / "installed"), str(wheel))
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")} | {"PYTHONPATH": str(tmp_path / "installed")}
    where = do(sys.executable, "-c", "import vwi_lake; print(vwi_lake.__file__)", cwd=empty, env=environment)
    assert Path(where.strip()).is_relative_to(tmp_path / "installed")
    told = do(sys.executable, "-m", "vwi_lake", "demo", cwd=empty, env=environment)
    assert "silver.qa_pairs" in told
    assert (empty / "export-demo" / "vwi_conversations.jsonl").stat().st_size > 1000
    installed = tmp_path / "installed" / "vwi_lake" / "_shipped"
    assert (installed / "prefect.yaml").is_file()
    assert (installed / "flows" / "build_dataset.py").is_file()
