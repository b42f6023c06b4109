"""Trainings seen from the lake: started as a process of the training environment, followed, and recorded as they ended."""

import fcntl
import json
import os
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from vwi_lake.columns import Record
from vwi_lake.errors import VwiError, redacted
from vwi_lake.lake import Lake
from vwi_lake.providers.runner import Job, JobError, Runner, run
from vwi_lake.providers.train_python import train_python
from vwi_lake.shipped import CHECKOUT

GRACE_S = 110.0  # a step is finished and a checkpoint written; clusters kill after two minutes
STOPPED = 143  # exit status of a training that was asked to stop, and left a checkpoint


@dataclass(frozen=True, kw_only=True)
class TrainingRun(Record):
    """bronze.training_runs: a row when a training starts or goes on and one when it ends; the newest counts."""

    TABLE: ClassVar[str] = "training_runs"

    status: str  # started | completed | failed | cancelled
    recipe: str
    base: str | None = None  # null: the recipe's own
    mix: str | None = None  # name of the data list
    data: str | None = None  # its path
    seed: int | None = None
    snapshot: str | None = None  # of the lake that the data was exported from
    checkpoint: str | None = None  # the trained model, or the newest checkpoint to go on from
    step: int | None = None
    steps: int | None = None  # of a whole run
    metrics: str | None = None  # JSON
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class TrainingStep(Record):
    """bronze.training_steps: one row per optimizer step of a training."""

    TABLE: ClassVar[str] = "training_steps"

    step: int
    epoch: float | None = None
    loss: float | None = None
    learning_rate: float | None = None
    grad_norm: float | None = None
    tokens: int | None = None  # of all processes, without padding
    padding_share: float | None = None
    seconds: float | None = None


RECORDS: tuple[type[Record], ...] = (TrainingRun, TrainingStep)


@dataclass(frozen=True)
class Wanted:
    """What to train; None = as the recipe says."""

    recipe: str
    data: Path  # a mix's YAML, a JSON, JSONL or Parquet file
    to: Path  # the run's folder; a run in it goes on
    base: str | None = None
    images: Path | None = None  # default: beside the data
    seed: int | None = None
    sharding: str | None = None  # none | fsdp2 | zero3
    set: tuple[str, ...] = ()  # NAME=VALUE, other values of the recipe
    processes: int = 1  # on this machine, one per GPU
    nodes: int = 1
    node_rank: int = 0
    rendezvous: str | None = None  # HOST:PORT of the first machine


Tick = Callable[[int, int, float], None]  # step, of how many, loss


def silent(step: int, steps: int, loss: float) -> None:
    pass


def train(lake: Lake, wanted: Wanted, runner: Runner, tick: Tick = silent) -> str:
    """Train, or go on; returns the run's id. However it ends, a row says so and its steps are recorded."""
    folder = wanted.to.absolute()
    with _alone(folder):
        run_id = _run_id(folder)
        if _newest_status(lake, run_id) == "started":
            record(lake, wanted, run_id, "failed", "it ended without a word: killed, or the machine went down")
        _forget_report(folder)
        job = Job(command(wanted, run_id), folder / "train.log", folder, environment(), grace_s=GRACE_S)
        _note(lake, wanted, run_id, "started")
        try:
            run(runner, job, lambda: _follow(folder, tick))
        except JobError as error:
            stopped = (
                error.status == STOPPED or _json(folder / "report.json").get("status") == "cancelled"
            )  # torchrun has a status of its own
            record(lake, wanted, run_id, "cancelled" if stopped else "failed", redacted(str(error)))
            raise
        except BaseException as error:
            asked = not isinstance(error, Exception)  # Ctrl-C, SIGTERM, or a flow that was cancelled
            record(lake, wanted, run_id, "cancelled" if asked else "failed", type(error).__name__)
            raise
        record(lake, wanted, run_id, "completed")
        return run_id


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two trainings in one folder would write over each other's checkpoints."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise VwiError(f"a training is under way in {folder}: wait for it, or name another folder with --to") from None
        yield


def _newest_status(lake: Lake, run_id: str) -> str | None:
    rows = lake.query("select status from bronze.training_runs where run_id = $1 order by asked_at desc limit 1", [run_id])
    return rows["status"][0] if rows.height else None


def command(wanted: Wanted, run_id: str = "") -> tuple[str, ...]:
    """By torchrun where there is more than one process."""
    words = [str(train_python())]
    if wanted.processes * wanted.nodes > 1:
        words += ["-m", "torch.distributed.run", f"--nproc-per-node={wanted.processes}", *_nodes(wanted)]
    words += ["-m", "vwi_lake.training.run"]
    options = {
        "recipe": wanted.recipe,
        "data": wanted.data.absolute(),
        "to": wanted.to.absolute(),
        "base": _absolute(wanted.base),
        "images": wanted.images and wanted.images.absolute(),
        "seed": wanted.seed,
        "sharding": wanted.sharding,
        "run-id": run_id or None,
    }
    words += [word for name, value in options.items() if value is not None for word in (f"--{name}", str(value))]
    return (*words, *(word for value in wanted.set for word in ("--set", value)))


def _absolute(base: str | None) -> str | None:
    """A folder is found from the run's own too; anything else is a name."""
    return str(Path(base).absolute()) if base and Path(base).is_dir() else base


def _nodes(wanted: Wanted) -> list[str]:
    if wanted.nodes == 1:
        return ["--standalone"]
    if not wanted.rendezvous:
        raise VwiError("several machines meet at one of them: --rendezvous HOST:PORT, the same on all, and --node-rank 0, 1, …")
    meeting = ["--rdzv-backend=c10d", f"--rdzv-endpoint={wanted.rendezvous}"]
    return [f"--nnodes={wanted.nodes}", f"--node-rank={wanted.node_rank}", *meeting]


def environment() -> dict[str, str]:
    """Our own code is found by the other environment where it lies in a checkout; a wheel has to be installed there (--no-deps)."""
    if not (CHECKOUT / "pyproject.toml").is_file():
        return {}
    return {"PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(CHECKOUT)]))}


def record(lake: Lake, wanted: Wanted, run_id: str, status: str, error: str | None = None) -> None:
    """The row of how it ended, with what the process told of itself, and the steps that are not in the lake yet."""
    folder = wanted.to.absolute()
    told, lines = _json(folder / "report.json"), list(_steps(folder))
    known = set(lake.query("select step from bronze.training_steps where run_id = $1", [run_id])["step"])
    now = datetime.now(UTC)
    new = [line for line in lines if line["step"] not in known]
    lake.append([_step(line, run_id, now) for line in new], f"training {run_id}")
    finished = status == "completed"
    _note(
        lake,
        wanted,
        run_id,
        status,
        checkpoint=told.get("checkpoint") if finished else _newest_checkpoint(folder),
        step=lines[-1]["step"] if lines else None,
        steps=lines[-1].get("of") if lines else None,
        metrics=json.dumps(told["metrics"]) if finished and "metrics" in told else None,
        error=error,
    )


def _step(line: dict[str, Any], run_id: str, now: datetime) -> TrainingStep:
    own: dict[str, Any] = {f.name: line.get(f.name) for f in fields(TrainingStep)}
    return TrainingStep(**own | {"run_id": run_id, "asked_at": now})


def _note(lake: Lake, wanted: Wanted, run_id: str, status: str, **more: Any) -> None:
    snapshot = _json(wanted.data.absolute().parent / "export.json").get("snapshot")
    row = TrainingRun(
        run_id=run_id,
        asked_at=datetime.now(UTC),
        status=status,
        recipe=wanted.recipe,
        base=wanted.base,
        mix=wanted.data.stem,
        data=str(wanted.data),
        seed=wanted.seed,
        snapshot=None if snapshot is None else str(snapshot),
        **more,
    )
    lake.append([row], f"training {run_id} {status}")


def _run_id(folder: Path) -> str:
    """Of the run that the folder holds, else a new one."""
    return _json(folder / "run.json").get("run_id") or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def _forget_report(folder: Path) -> None:
    """What an earlier try said of itself is not said of this one; a completed run stays completed."""
    if _json(folder / "report.json").get("status") != "completed":
        (folder / "report.json").unlink(missing_ok=True)


def _newest_checkpoint(folder: Path) -> str | None:
    """The newest that was written to its end; trainer.py has the same rule, in the other environment."""
    numbers = [p.name.removeprefix("checkpoint-") for p in folder.glob("checkpoint-*") if _json(p / "trainer_state.json")]
    newest = max((int(n) for n in numbers if n.isdigit()), default=None)
    return None if newest is None else str(folder / f"checkpoint-{newest}")


def _steps(folder: Path) -> Iterable[dict[str, Any]]:
    """Whole lines of steps.jsonl: the last one may be under way."""
    with suppress(OSError, ValueError), (folder / "steps.jsonl").open() as lines:
        for line in lines:
            yield json.loads(line)


def _follow(folder: Path, tick: Tick) -> None:
    for line in deque(_steps(folder), maxlen=1):
        tick(line["step"], line["of"], line["loss"])


def _json(path: Path) -> dict[str, Any]:
    """Of a file that may not be there, or not be whole."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
