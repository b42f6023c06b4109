"""How an evaluation is recorded, whatever happens: a runner that leaves what lmms-eval would leave stands in for it here."""

import json
import os
import socket
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.providers.openai_server import OpenAiServer, status
from vwi_lake.errors import VwiError
from vwi_lake.evaluation.abandoned import claim
from vwi_lake.evaluation.command import Endpoint, Judge, ModelUnderTest, Wanted
from vwi_lake.evaluation.evaluate import evaluate
from vwi_lake.evaluation.local_tasks import HELD_OUT
from vwi_lake.evaluation.records import EvalRun
from vwi_lake.lake import Lake
from vwi_lake.providers.runner import Job
from vwi_lake.records import BRONZE
from vwi_lake.settings import LakeSettings


@dataclass
class Leaves:
    """Ends at once with `status`, having written these samples and this log; an exception is raised while it is waited for."""

    samples: list[dict] | None = None
    log: str = ""
    status: int = 0
    raises: BaseException | None = None
    jobs: list[Job] = field(default_factory=list)
    cancelled: int = 0

    def start(self, job: Job) -> "Leaves":
        self.jobs.append(job)
        task = job.command[job.command.index("--tasks") + 1]
        job.log.parent.mkdir(parents=True, exist_ok=True)
        job.log.write_text(self.log)
        for part in [f"{task}_cot", f"{task}_format", f"{task}_solution"] if task == "mathvista_testmini" else [task]:
            if self.samples is not None:
                self.write(job.folder / "output" / "m", part)
        return self

    def write(self, output: Path, task: str) -> None:
        output.mkdir(parents=True, exist_ok=True)
        path = output / "x_results.json"
        told = json.loads(path.read_text()) if path.exists() else {"n-samples": {}}
        told["n-samples"][task] = {"effective": len(self.samples or [])}
        path.write_text(json.dumps(told))
        (output / f"x_samples_{task}.jsonl").write_text("".join(json.dumps(s) + "\n" for s in self.samples or []))

    def wait(self, timeout_s: float | None = None) -> int:
        if self.raises:
            raise self.raises
        return self.status

    def cancel(self, grace_s: float | None = None) -> int:
        self.cancelled += 1
        return 143


def sample(doc_id: int, **metrics: object) -> dict:
    return {"doc_id": doc_id, "target": "4", "filtered_resps": ["Answer: 4"], "input": "?", **(metrics or {"accuracy": 1.0})}


RIGHT = [sample(0), sample(1)]
SQUARES = {str(n): {"question": f"What is {n} + {n}?", "answer": str(2 * n), "subject": "sums"} for n in range(2)}


@pytest.fixture
def lake(tmp_path, monkeypatch):
    monkeypatch.setenv("VWI_TRAIN_PYTHON", sys.executable)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    opened = Lake.open(LakeSettings(path=str(tmp_path / "lake")), records=BRONZE)
    yield opened
    opened.close()


@pytest.fixture
def files(tmp_path):
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums" / "d.json").write_text(json.dumps(SQUARES))
    return {"sums": tmp_path / "sums"}


CHECKPOINT = ModelUnderTest("a/checkpoint", device="cpu")


def outcomes(lake: Lake) -> list[tuple]:
    return lake.query("select task, status, n from bronze.eval_runs order by asked_at, task").rows()


def test_samples_and_the_word_that_they_are_whole(lake, files, tmp_path):
    runner = Leaves(RIGHT)
    run_id = evaluate(lake, Wanted(CHECKPOINT, files=files, training_run_id="t1"), runner, tmp_path / "work")
    assert outcomes(lake) == [("sums", "started", None), ("sums", "completed", 2)]
    rows = lake.query(
        "select run_id, task, doc_id, score, prediction, target, subject, is_visual from bronze.eval_samples order by doc_id"
    ).rows()
    assert rows == [(run_id, "sums", str(n), 1.0, "Answer: 4", "4", "sums", False) for n in range(2)]
    assert lake.query("select distinct checkpoint, training_run_id from bronze.eval_runs").rows() == [("a/checkpoint", "t1")]
    assert lake.query("select value from gold.eval_results where part is null")["value"].to_list() == [1.0]
    assert runner.jobs[0].environment["HF_TOKEN"] == "" and runner.jobs[0].folder.is_relative_to(tmp_path / "work" / run_id)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        ({"samples": None, "status": 1, "log": "boom"}, "failed with exit status 1; its last words:\nboom"),
        ({"samples": None, "log": "ValueError: no such task"}, "no such task"),  # lmms-eval ends with 0 where it fails
        ({"samples": []}, "0 samples are there"),
        ({"samples": RIGHT[:1] * 2}, "have the doc_id of another one"),
        ({"samples": RIGHT, "log": "ERROR | Error CUDA out of memory in generating"}, "1 failures in the log"),
    ],
)
def test_what_fails_leaves_a_reason_and_no_score(lake, files, tmp_path, left, words):
    with pytest.raises(VwiError, match="1 of 1 tasks failed") as told:
        evaluate(lake, Wanted(CHECKPOINT, files=files), Leaves(**left), tmp_path)
    assert words in str(told.value)
    assert outcomes(lake) == [("sums", "started", None), ("sums", "failed", None)]
    assert words in lake.query("select error from bronze.eval_runs where status = 'failed'")["error"][0]
    assert lake.query("select * from bronze.eval_samples").is_empty() and lake.query("select * from gold.eval_results").is_empty()


def test_a_task_that_fails_stops_no_other(lake, files, tmp_path):
    with pytest.raises(VwiError, match="1 of 2 tasks failed, .*\ngone: no benchmark at"):
        evaluate(lake, Wanted(CHECKPOINT, files={**files, "gone": tmp_path / "nowhere"}), Leaves(RIGHT), tmp_path)
    assert outcomes(lake) == [("sums", "started", None), ("sums", "completed", 2), ("gone", "started", None), ("gone", "failed", None)]


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(), SystemExit(143)])
def test_an_interrupted_evaluation_is_cancelled_and_says_so(lake, files, tmp_path, interrupt):
    runner = Leaves(RIGHT, raises=interrupt)
    with pytest.raises(type(interrupt)):
        evaluate(lake, Wanted(CHECKPOINT, files=files), runner, tmp_path)
    assert runner.cancelled == 1
    assert outcomes(lake) == [("sums", "started", None), ("sums", "cancelled", None)]


def test_a_group_is_recorded_by_its_parts(lake, tmp_path):
    graded = [sample(0, llm_as_judge_eval={"extraction": "4", "true_false": True, "task": "maths"})]
    with OpenAiServer() as server:
        evaluate(lake, Wanted(CHECKPOINT, tasks=("mathvista_testmini",), judge=Judge("j", server.url)), Leaves(graded), tmp_path)
    assert [row[:2] for row in outcomes(lake) if row[1] == "completed"] == [
        (f"mathvista_testmini_{part}", "completed") for part in ("cot", "format", "solution")
    ]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(CHECKPOINT), "no task is named"),
        (Wanted(CHECKPOINT, tasks=("mmvet",)), "mmvet needs a judge model"),
        (Wanted(CHECKPOINT, tasks=("mmmu_val; rm -rf /",)), "is no task name"),
        (Wanted(CHECKPOINT, tasks=("a", "a")), "named twice"),
    ],
)
def test_what_is_refused_at_once(lake, tmp_path, wanted, words):
    with pytest.raises(VwiError, match=words):
        evaluate(lake, wanted, Leaves(RIGHT), tmp_path)
    assert outcomes(lake) == []


def test_nothing_held_out_is_told(lake, tmp_path):
    lake.rebuild()
    with pytest.raises(VwiError, match="no held-out pairs"):
        evaluate(lake, Wanted(CHECKPOINT, held_out=True), Leaves(RIGHT), tmp_path)
    assert [row[:2] for row in outcomes(lake)] == [(HELD_OUT, "started"), (HELD_OUT, "failed")]


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (status(401), "refuses the key in OPENAI_API_KEY"),
        (status(503), "is in trouble: HTTP 503"),
        (b'{"data": [{"id": "another"}]}', "serves no 'm'; it has another"),
    ],
)
def test_an_endpoint_is_tried_first(lake, files, tmp_path, behaviour, words):
    runner = Leaves(RIGHT)
    with OpenAiServer() as server:
        server.listing = lambda key: type(status(200))(behaviour) if isinstance(behaviour, bytes) else behaviour
        with pytest.raises(VwiError, match=words):
            evaluate(lake, Wanted(ModelUnderTest(endpoint=Endpoint(server.url, "m")), files=files), runner, tmp_path)
    assert not runner.jobs
    with pytest.raises(VwiError, match="nobody answers at"):
        evaluate(lake, Wanted(ModelUnderTest(endpoint=Endpoint(server.url, "m")), files=files), runner, tmp_path)


def test_an_evaluation_that_was_killed_is_told_by_the_next(lake, files, tmp_path):
    started = {"status": "started", "task": "sums", "checkpoint": "c", "asked_at": datetime(2026, 1, 1, tzinfo=UTC)}
    lake.append([EvalRun(run_id=run_id, **started) for run_id in ("killed", "alive", "elsewhere")])
    claim(tmp_path / "alive")
    (tmp_path / "killed").mkdir()
    (tmp_path / "killed" / "owner").write_text(f"{socket.gethostname()} {os.getpid()} 1.0")  # our number, an earlier process
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "owner").write_text("another-machine 1 1.0")
    evaluate(lake, Wanted(CHECKPOINT, files=files), Leaves(RIGHT), tmp_path)
    newest = "select run_id, arg_max(status, asked_at), arg_max(error, asked_at) from bronze.eval_runs where checkpoint = 'c' group by all"
    assert sorted(lake.query(newest).rows()) == [
        ("alive", "started", None),
        ("elsewhere", "started", None),
        ("killed", "failed", "the process was killed"),
    ]
