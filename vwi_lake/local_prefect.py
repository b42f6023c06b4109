"""A Prefect server, work pool, deployments and worker on this machine: started by `vwi up`, stopped by `vwi down`.

Everything is kept in ./.vwi (state, logs, Prefect's own database), so two folders do not meet. Prefect itself is
only ever run as a process.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx
import psutil

from vwi_lake.errors import VwiError
from vwi_lake.processes import began, living
from vwi_lake.shipped import shipped

POOL = "vwi"
START_S = 240.0  # how long the server may take to answer
FOLDER = Path(".vwi")
PREFECT_TOML = Path("prefect.toml")  # Prefect reads it from the current folder: so its CLI finds our server
MARK = "# written by `vwi up`; `vwi down` removes it\n"


@dataclass
class Place:
    """What runs here. A process is known by id and start time, since ids are used again."""

    port: int
    processes: dict[str, tuple[int, float]] = field(default_factory=dict)
    elsewhere: str = ""  # what the user has to know to reach the server

    @property
    def ui(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.ui}/api"

    @property
    def folder(self) -> Path:
        return FOLDER.absolute()

    def process(self, name: str) -> psutil.Process | None:
        """The process we started under this name, if it still lives."""
        pid, started = self.processes.get(name, (0, 0.0))
        return living(pid, started) if pid else None


def running() -> Place | None:
    """The server that was started from this folder, if it lives."""
    place = _load()
    return place if place and place.process("server") else None


def up(port: int | None, limits: dict[str, int], tell: Callable[[str], None]) -> Place:
    """Start what is not running, and bring limits, automations and deployments up to date. Safe to call again."""
    _check(limits)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n")
    place = _left() or Place(_free_port(port))
    if not place.process("server"):
        tell("starting the Prefect server")
        _start(place, "server", ["prefect", "server", "start", "--host", "127.0.0.1", "--port", str(place.port)])
    _wait(place)
    tell("making the work pool, limits and automations")
    _run(place, ["flows.setup", POOL, json.dumps(limits)])
    if not place.process("worker"):
        _start(place, "worker", ["prefect", "worker", "start", "--pool", POOL, "--type", "process", "--name", "vwi-local"])
    tell("making the deployments")
    _run(place, ["prefect", "--no-prompt", "deploy", "--all"])
    place.elsewhere = _point_prefect_here(place)
    return place


def _check(limits: dict[str, int]) -> None:
    from vwi_lake.stages import STAGES

    for name in limits:
        if name not in (*STAGES, "llm"):
            raise VwiError(f"[prefect] limits names no stage {name!r}: there are {', '.join(STAGES)}, and llm for all that ask a model")


def _left() -> Place | None:
    """What is here of an earlier `up`: a worker whose server died waits for one at the same port."""
    place = _load()
    return place if place and any(map(place.process, place.processes)) else None


def down() -> list[str]:
    """Stop worker and server with their children; returns what was stopped."""
    place = _load()
    if place is None:
        return []
    stopped = [name for name in ("worker", "server") if _stop(place.process(name))]
    (FOLDER / "state.json").unlink()
    if PREFECT_TOML.exists() and PREFECT_TOML.read_text().startswith(MARK):
        PREFECT_TOML.unlink()
    return stopped


def environment(place: Place) -> dict[str, str]:
    """Our settings for Prefect: its own home, no telemetry; keys in the environment reach the worker, never a file."""
    return os.environ | {
        "PREFECT_HOME": str(place.folder / "prefect"),
        "PREFECT_API_URL": place.api,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "vwi_lake",
        # leases of slots outlive a server that died; in its memory, as they are by default, their slots would never be free again
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",  # a run that falls silent is marked crashed: flows/setup.py
        "VWI_FOLDER": str(Path.cwd()),
        "PYTHONUNBUFFERED": "1",
    }


def go_there() -> None:
    """Into the folder where `vwi up` was called, so that a flow's paths and ./vwi.toml are those of `vwi run` there."""
    if folder := os.environ.get("VWI_FOLDER"):
        os.chdir(folder)


def _load() -> Place | None:
    try:
        found = json.loads((FOLDER / "state.json").read_text())
        return Place(found["port"], {name: tuple(ids) for name, ids in found["processes"].items()})
    except (OSError, ValueError, KeyError):
        return None


def _save(place: Place) -> None:
    part = FOLDER / "state.json.part"
    part.write_text(json.dumps(asdict(place)))
    part.replace(FOLDER / "state.json")


def _start(place: Place, name: str, arguments: list[str]) -> None:
    """Start a process of its own session, its output in .vwi/NAME.log; noted at once, so that `down` finds it."""
    with (FOLDER / f"{name}.log").open("ab") as log:
        started = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            [sys.executable, "-m", *arguments],
            env=environment(place),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    place.processes[name] = (started.pid, began(psutil.Process(started.pid)))
    _save(place)


def _wait(place: Place) -> None:
    """Until the server answers; a server that died or stays silent is told with its last words."""
    deadline = time.monotonic() + START_S
    with httpx.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < deadline and place.process("server"):
            with suppress(httpx.HTTPError):
                if client.get(f"{place.api}/health").status_code == 200:
                    return
            time.sleep(0.2)
    words = (FOLDER / "server.log").read_text(errors="replace").strip().splitlines()[-5:]
    down()
    raise VwiError(
        "the Prefect server did not come up; its last words:\n" + "\n".join(words) + f"\nAll of them: {FOLDER.absolute() / 'server.log'}"
    )


def _run(place: Place, module: list[str]) -> None:
    """A module of ours or Prefect's to its end, from where flows/ and prefect.yaml lie."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, "-m", *module],
        env=environment(place),
        cwd=shipped("prefect.yaml").parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise VwiError(f"`{' '.join(module)}` failed:\n{(done.stdout + done.stderr).strip()[-2000:]}\n`vwi down` stops the server.")


def _point_prefect_here(place: Place) -> str:
    """Let a bare `prefect …` typed in this folder find the server; a prefect.toml of the user's own is left alone."""
    if PREFECT_TOML.exists() and not PREFECT_TOML.read_text().startswith(MARK):
        return f"./prefect.toml is yours and was left alone; first: export PREFECT_API_URL={place.api}"
    PREFECT_TOML.write_text(f'{MARK}[api]\nurl = "{place.api}"\n\n[server]\nanalytics_enabled = false\n')
    if os.environ.get("PREFECT_API_URL", place.api) != place.api:
        return f"PREFECT_API_URL points elsewhere; first: export PREFECT_API_URL={place.api}"
    return ""


def _stop(process: psutil.Process | None) -> bool:
    """Ask a process and its children to end; after ten seconds make them."""
    if process is None:
        return False
    family = [process]
    with suppress(psutil.Error):
        family += process.children(recursive=True)
    for member in family:
        with suppress(psutil.Error):
            member.terminate()
    for member in psutil.wait_procs(family, timeout=10)[1]:
        with suppress(psutil.Error):
            member.kill()
    psutil.wait_procs(family, timeout=10)
    return True


def _free_port(wanted: int | None) -> int:
    """The wanted port, or 4200, Prefect's own, or any that is free. Whoever listens there already is not ours."""
    for port in [wanted] if wanted else [4200, 0]:
        with socket.socket() as probe, suppress(OSError, OverflowError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise VwiError(f"port {wanted or 4200} on 127.0.0.1 is taken: name another with --port")
