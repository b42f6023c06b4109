"""Do the CPU-heavy stages give the same on Ray as in processes of this machine, and what does Ray cost?

python benchmarks/on_ray.py --web ../shared/corpus/sites

The flow build-dataset against a real Prefect server, once with compute = "processes" and once with "ray" (RayTaskRunner, started by the
flow), with the same number of CPUs. What a Ray that starts and ends with the flow costs is in its seconds: a longer run shows what is left.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]
import servers  # noqa: E402
import team  # noqa: E402

FLOW = "import sys; from flows.build_dataset import build_dataset; build_dataset(*sys.argv[1:2], [sys.argv[2]], None, 'all', sys.argv[3])"


def timed(lake: Path, web: str, compute: str, server: servers.Prefect, processes: int) -> float:
    config = lake.with_suffix(".toml")
    config.write_text(f'compute = "{compute}"\nprocesses = {processes}\n')
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")} | server.environment | {"PYTHONPATH": str(ROOT)}
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", FLOW, lake, web, config], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--web", default="demo", help="saved sites")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    web = given.web if given.web == "demo" else str(Path(given.web).absolute())
    with tempfile.TemporaryDirectory() as name, servers.Prefect(Path(name) / "prefect") as server:
        seconds = {compute: timed(Path(name) / compute, web, compute, server, given.processes) for compute in ("processes", "ray")}
        lakes = [team.opened(Path(name) / compute, {}) for compute in seconds]
        good = team.report(*lakes)
        for lake in lakes:
            lake.close()
    ratio = seconds["ray"] / seconds["processes"]
    print(f"processes {seconds['processes']:.1f} s, Ray {seconds['ray']:.1f} s: {ratio:.2f} times, {given.processes} CPUs")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
