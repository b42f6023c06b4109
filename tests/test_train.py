"""How trainings are started, and what the lake says of them however they end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.lake import Lake
from vwi_lake.providers.local_runner import LocalRunner
from vwi_lake.providers.runner import Job, JobError
from vwi_lake.settings import LakeSettings
from vwi_lake.train import RECORDS, TrainingRun, Wanted, _alone, command, train


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    opened = Lake.open(LakeSettings(path=str(tmp_path / "lake")), records=RECORDS)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def python(monkeypatch: pytest.MonkeyPatch) -> None:
    if "VWI_TRAIN_PYTHON" not in os.environ:
        monkeypatch.setenv("VWI_TRAIN_PYTHON", sys.executable)


class Ended:
    """A process that left these files in the run's folder and ended so; real ones are in the tests marked train."""

    def __init__(self, folder: Path, status: int, files: dict[str, str]) -> None:
        self.folder, self.status, self.files, self.asked = folder, status, files, 0

    def start(self, job: Job) -> "Ended":
        self.folder.mkdir(exist_ok=True)
        for name, text in self.files.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(text)
        return self

    def wait(self, timeout_s: float | None = None) -> int | None:
        self.asked += 1
        if self.status == 999:
            raise KeyboardInterrupt
        return self.status if self.asked > 1 else None

    def cancel(self, grace_s: float = 30.0) -> int:
        return 143


STEPS = "".join(json.dumps({"step": step, "of": 3, "loss": 3.0 - step}) + "\n" for step in (1, 2))
KILLED = {"checkpoint-1/trainer_state.json": '{"global_step": 1}', "checkpoint-2/trainer_state.json": "{"}
DONE = json.dumps({"status": "completed", "checkpoint": "model", "metrics": {"first_loss": 2.0}})


def newest(lake: Lake) -> dict:
    return lake.query("from bronze.training_runs order by asked_at desc limit 1").to_dicts()[0]


@pytest.mark.parametrize(
    ("status", "files", "expected"),
    [
        (0, {"steps.jsonl": STEPS, "report.json": DONE}, ("completed", "model", 2, None)),
        (1, {"steps.jsonl": STEPS + '{"step": 3, "lo'}, ("failed", None, 2, "failed with exit status 1")),
        (2, {}, ("failed", None, None, "exit status 2")),
        (143, {"steps.jsonl": STEPS, "checkpoint-2/trainer_state.json": '{"global_step": 2}'}, ("cancelled", "checkpoint-2", 2, "SIGTERM")),
        (137, {"steps.jsonl": STEPS, **KILLED}, ("failed", "checkpoint-1", 2, "SIGKILL")),
        (999, {"steps.jsonl": STEPS}, ("cancelled", None, 2, "KeyboardInterrupt")),
    ],
)  # fmt: skip
def test_the_row_is_true_however_it_ends(
    lake: Lake, tmp_path: Path, status: int, files: dict[str, str], expected: tuple[str, str | None, int | None, str | None]
) -> None:
    wanted, seen = Wanted("tiny", tmp_path / "mix.yaml", tmp_path / "run"), []
    (tmp_path / "export.json").write_text('{"snapshot": 7}')
    try:
        train(lake, wanted, Ended(wanted.to, status, files), lambda *what: seen.append(what))
        failed = False
    except (JobError, KeyboardInterrupt):
        failed = True
    row = newest(lake)
    assert failed == (status != 0) and row["status"] == expected[0]
    assert (row["checkpoint"] and Path(row["checkpoint"]).name, row["step"]) == expected[1:3]
    assert (expected[3] or "") in (row["error"] or "") and (row["error"] is None) == (status == 0)
    assert (row["mix"], row["snapshot"]) == ("mix", "7")
    assert lake.query("select step, loss from bronze.training_steps order by step").rows() == ([(1, 2.0), (2, 1.0)] if expected[2] else [])
    if status == 0:
        assert seen[-1] == (2, 3, 1.0) and json.loads(row["metrics"]) == {"first_loss": 2.0}


def test_a_run_that_goes_on_keeps_its_id_and_no_step_twice(lake: Lake, tmp_path: Path) -> None:
    wanted = Wanted("tiny", tmp_path / "mix.yaml", tmp_path / "run")
    wanted.to.mkdir()
    (wanted.to / "run.json").write_text('{"run_id": "first"}')
    with pytest.raises(JobError):
        train(lake, wanted, Ended(wanted.to, 137, {"steps.jsonl": STEPS}))
    more = STEPS + json.dumps({"step": 3, "of": 3, "loss": 0.5}) + "\n"
    assert train(lake, wanted, Ended(wanted.to, 0, {"steps.jsonl": more, "report.json": DONE})) == "first"
    assert lake.query("select run_id, step from bronze.training_steps order by step").rows() == [("first", step) for step in (1, 2, 3)]
    assert newest(lake)["status"] == "completed"


def test_a_run_that_was_killed_without_a_word_gets_its_row(lake: Lake, tmp_path: Path) -> None:
    wanted = Wanted("tiny", tmp_path / "mix.yaml", tmp_path / "run")
    wanted.to.mkdir()
    (wanted.to / "run.json").write_text('{"run_id": "first"}')
    lake.append([TrainingRun(run_id="first", asked_at=datetime.now(UTC), status="started", recipe="tiny")])
    train(lake, wanted, Ended(wanted.to, 0, {"report.json": DONE}))
    told = lake.query("select status, error from bronze.training_runs order by asked_at").rows()
    assert [status for status, _ in told] == ["started", "failed", "started", "completed"] and "without a word" in told[1][1]


def test_two_at_once_in_one_folder_are_refused(lake: Lake, tmp_path: Path) -> None:
    wanted = Wanted("tiny", tmp_path / "mix.yaml", tmp_path / "run")
    with _alone(wanted.to), pytest.raises(VwiError, match="under way"):
        train(lake, wanted, Ended(wanted.to, 0, {}))
    assert not lake.query("from bronze.training_runs").height


def test_torchrun_that_was_stopped_is_cancelled(lake: Lake, tmp_path: Path) -> None:
    wanted = Wanted("tiny", tmp_path / "mix.yaml", tmp_path / "run")
    with pytest.raises(JobError):
        train(lake, wanted, Ended(wanted.to, 1, {"report.json": '{"status": "cancelled"}'}))
    assert newest(lake)["status"] == "cancelled"


def test_a_report_of_an_earlier_try_is_not_believed(lake: Lake, tmp_path: Path) -> None:
    wanted = Wanted("tiny", tmp_path / "mix.yaml", tmp_path / "run")
    wanted.to.mkdir()
    (wanted.to / "report.json").write_text('{"status": "cancelled"}')
    with pytest.raises(JobError):
        train(lake, wanted, Ended(wanted.to, 1, {}))
    assert not (wanted.to / "report.json").exists()


def test_commands() -> None:
    one = command(Wanted("full", Path("m.yaml"), Path("to"), base="b c", set=("a.b=1", "c=2"), seed=3), "id")
    assert one[1:5] == ("-m", "vwi_lake.training.run", "--recipe", "full")
    assert one[-4:] == ("--set", "a.b=1", "--set", "c=2") and "b c" in one
    eight = command(Wanted("full", Path("m.yaml"), Path("to"), processes=8))
    assert eight[1:6] == ("-m", "torch.distributed.run", "--nproc-per-node=8", "--standalone", "-m")
    many = command(Wanted("full", Path("m.yaml"), Path("to"), processes=8, nodes=2, node_rank=1, rendezvous="a:29500"))
    assert many[3:8] == ("--nproc-per-node=8", "--nnodes=2", "--node-rank=1", "--rdzv-backend=c10d", "--rdzv-endpoint=a:29500")
    with pytest.raises(VwiError, match="--rendezvous"):
        command(Wanted("full", Path("m.yaml"), Path("to"), nodes=2))


def mix(folder: Path, count: int = 24) -> Path:
    turns = [{"from": "human", "value": "What is 1 and 1?"}, {"from": "gpt", "value": "2"}]
    (folder / "a.json").write_text(json.dumps([{"id": str(i), "conversations": turns} for i in range(count)]))
    (folder / "mix.yaml").write_text("datasets:\n- {json_path: a.json, sampling_strategy: all}\n")
    return folder / "mix.yaml"


def vwi(*words: str) -> list[str]:
    return [sys.executable, "-m", "vwi_lake", *words]


def wait_for(true: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.train
def test_a_tiny_training_from_the_command_line(train_python: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "VWI_TRAIN_PYTHON": str(train_python), "OMP_NUM_THREADS": "1"}
    words = vwi("train", "--recipe", "tiny", "--data", str(mix(tmp_path)), "--to", str(tmp_path / "run"), "--lake", str(tmp_path / "lake"))
    slow = [*words, "--set", "batches.epochs=40", "--set", "checkpoints.every=5"]
    going = subprocess.Popen(slow, env=environment, stdout=subprocess.DEVNULL)
    wait_for(lambda: (tmp_path / "run/checkpoint-5/trainer_state.json").exists())
    going.send_signal(signal.SIGINT)
    assert going.wait(60) == 130
    lake = Lake.read(LakeSettings(path=str(tmp_path / "lake")))
    stopped = newest(lake)
    assert stopped["status"] == "cancelled" and Path(stopped["checkpoint"]).is_dir() and 5 <= stopped["step"] < 120
    lake.close()
    told = subprocess.run(slow, env=environment, capture_output=True, text=True, check=True).stdout
    assert "24 samples (0 dropped)" in told and "vwi try" in told
    lake = Lake.read(LakeSettings(path=str(tmp_path / "lake")))
    done = newest(lake)
    assert (done["status"], done["step"], done["run_id"]) == ("completed", 120, stopped["run_id"])
    losses = lake.query("select loss from bronze.training_steps order by step")["loss"].to_list()
    assert len(losses) == 120 and sum(losses[-5:]) < 0.2 * sum(losses[:5])
    lake.close()


@pytest.mark.train
def test_bad_settings_are_told_by_the_training_itself(train_python: Path, tmp_path: Path, lake: Lake) -> None:
    with pytest.raises(JobError, match=r"no recipe 'fulll': .*full, lora, tiny"):
        train(lake, Wanted("fulll", mix(tmp_path), tmp_path / "run"), LocalRunner())
    assert newest(lake)["status"] == "failed" and "fulll" in newest(lake)["error"]
