"""Evaluations whose process was killed before it could say so: told by the next one on the same machine."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import psutil

from vwi_lake.evaluation.records import EvalRun
from vwi_lake.lake import Lake
from vwi_lake.processes import began, living

OWNER = "owner"  # a file in an evaluation's folder: machine, process id, and start time, since ids are used again
STARTED = """
from bronze.eval_runs
qualify row_number() over (partition by run_id, task order by asked_at desc, status) = 1 and status = 'started'
"""


def claim(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    me = psutil.Process()
    (folder / OWNER).write_text(f"{socket.gethostname()} {me.pid} {began(me)}")


def tell(lake: Lake, folder: Path) -> None:
    """A row `failed` for each task that is `started` in a folder of ours whose owner, on this machine, is gone."""
    rows = lake.query(f"select * from ({STARTED})").to_dicts()
    gone = [row for row in rows if (folder / row["run_id"] / OWNER).is_file() and not _lives(folder / row["run_id"] / OWNER)]
    now = datetime.now(UTC)
    lake.append(
        [EvalRun(**row | {"status": "failed", "asked_at": now, "error": "the process was killed"}) for row in gone], "evaluations ended"
    )


def _lives(owner: Path) -> bool:
    try:
        host, pid, started = owner.read_text().split()
        return host != socket.gethostname() or living(int(pid), float(started)) is not None
    except ValueError:
        return False
