"""One evaluation: each task in a process of its own; what comes back is recorded whole, or the task failed and there is no score."""

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from vwi_lake.errors import VwiError, redacted
from vwi_lake.evaluation.abandoned import claim, tell
from vwi_lake.evaluation.command import Wanted, files_of_checkpoint, job
from vwi_lake.evaluation.leaks import Leaks
from vwi_lake.evaluation.local_tasks import HELD_OUT, Document, documents_of_files, held_out_documents, write_task
from vwi_lake.evaluation.probe import check_answers
from vwi_lake.evaluation.progress import done_of
from vwi_lake.evaluation.records import EvalRun, EvalSample
from vwi_lake.evaluation.samples import Graded, read_samples, told_failures
from vwi_lake.evaluation.serving import served
from vwi_lake.evaluation.tasks import checked, needs_judge, parts_of
from vwi_lake.lake import Lake
from vwi_lake.providers.runner import Job, JobError, Runner, run
from vwi_lake.providers.train_python import train_python

RESULTS = ("gold.eval_results", "gold.eval_comparisons")
Tick = Callable[[str, int, int], None]  # task, documents done, of how many


def silent(task: str, done: int, total: int) -> None:
    pass


def evaluate(lake: Lake, wanted: Wanted, runner: Runner, folder: Path, tick: Tick = silent) -> str:
    """All tasks, one after the other, the model served meanwhile where there is a command for it; returns the run's id.

    A task that fails stops no other; VwiError tells of those at the end.
    """
    run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    tell(lake, folder)
    claim(folder / run_id)
    with ExitStack() as stack:
        if wanted.serve and wanted.model.checkpoint:
            endpoint = stack.enter_context(served(runner, wanted.serve, wanted.model.checkpoint, folder / run_id))
            wanted = replace(wanted, model=replace(wanted.model, endpoint=endpoint))
        evaluation, failed = Evaluation(lake, wanted, runner, run_id, folder), []
        for task in evaluation.tasks:
            try:
                evaluation.run_task(task, tick)
            except VwiError as error:
                failed.append(f"{task}: {error}")
    lake.rebuild(RESULTS)
    if failed:
        raise VwiError(
            f"{len(failed)} of {len(evaluation.tasks)} tasks failed, and have no score (evaluation {run_id}).\n" + "\n".join(failed)
        )
    return run_id


@dataclass
class Evaluation:
    """Call `run_task` for each of `tasks`; rows in bronze say how each went."""

    lake: Lake
    wanted: Wanted
    runner: Runner
    run_id: str
    folder: Path  # logs and what lmms-eval writes; shared by all evaluations of a lake
    tasks: list[str] = field(init=False)

    def __post_init__(self) -> None:
        wanted = self.wanted
        self.tasks = checked([*wanted.tasks, *wanted.files, *([HELD_OUT] if wanted.held_out else [])])
        judged = [task for task in wanted.tasks if needs_judge(task)]
        if judged and not wanted.judge:
            raise VwiError(f"{', '.join(judged)} needs a judge model: --judge MODEL [--judge-url URL], its key in OPENAI_API_KEY")
        self.python = train_python()
        self.leaks = Leaks.of(self.lake)

    def run_task(self, task: str, tick: Tick = silent) -> int:
        """Ask, score and record one task; returns the number of samples. Whatever goes wrong is a row too, and is raised."""
        self._note(task, "started")
        try:
            documents = self._documents(task)
            found = self._ask(task, documents, tick)
        except VwiError as error:
            self._note(task, "failed", redacted(str(error)))
            raise
        except Exception as error:
            self._note(task, "failed", repr(error))
            raise
        except BaseException:  # Ctrl-C, or a flow that was cancelled
            self._note(task, "cancelled")
            raise
        self._record(found, documents)
        return sum(len(graded) for graded in found.values())

    def _documents(self, task: str) -> list[Document] | None:
        """Of a task of ours; None for those that lmms-eval brings."""
        if task in self.wanted.files:
            return documents_of_files(Path(self.wanted.files[task]))
        return held_out_documents(self.lake) if task == HELD_OUT and self.wanted.held_out else None

    def _ask(self, task: str, documents: list[Document] | None, tick: Tick) -> dict[str, list[Graded]]:
        """The samples of each part of a task. Replies outlive a process that failed, so that they are asked for once."""
        self._check_endpoints(task)
        place = self.folder / self.run_id / task
        store = self.folder / "replies" / self._key(task, documents)
        if documents is not None:
            write_task(store / "tasks", task, documents, self.wanted.max_new_tokens)
        asked = job(self.wanted, task, place, self.python, store)
        self._run(asked, task, tick)
        found = {part: read_samples(place / "output", part, self.wanted.empty_ok) for part in parts_of(task)}
        for folder in (store, place / "datasets", place / "output"):
            shutil.rmtree(folder, ignore_errors=True)
        return found

    def _run(self, asked: Job, task: str, tick: Tick) -> None:
        def follow() -> None:
            if done := done_of(asked.log):
                tick(task, *done)

        run(self.runner, asked, follow)
        if told := told_failures(asked.log.read_text(errors="replace")):
            raise VwiError(f"{task}: {told}. All of them: {asked.log}")
        if not (asked.folder / "output").is_dir():  # lmms-eval ends with 0 where it fails
            raise JobError(asked, 0)

    def _check_endpoints(self, task: str) -> None:
        if asked := self.wanted.model.endpoint:
            check_answers(asked.url, asked.model, asked.key_name, "the model to evaluate")
        if needs_judge(task) and (judge := self.wanted.judge):
            check_answers(judge.url, judge.model, judge.key_name, "the judge")

    def _key(self, task: str, documents: list[Document] | None) -> str:
        """Names what was asked of whom."""
        files = files_of_checkpoint(self.wanted.model.checkpoint)
        model = self.wanted.model.checkpoint or asdict(self.wanted.model)
        told = json.dumps([model, task, files, self.wanted.limit, self.wanted.max_new_tokens], sort_keys=True, default=str)
        digest = hashlib.sha256(told.encode())
        for document in documents or []:
            digest.update(repr(document).encode())
        return digest.hexdigest()[:16]

    def _record(self, found: dict[str, list[Graded]], documents: list[Document] | None) -> None:
        """Samples and the word that they are all there, in one commit."""
        now = datetime.now(UTC)
        for part, graded in found.items():
            samples = [self._sample(part, sample, documents, now) for sample in graded]
            self.lake.append([*samples, self._row(part, "completed", n=len(samples))], f"evaluation {self.run_id} {part}")

    def _sample(self, task: str, graded: Graded, documents: list[Document] | None, now: datetime) -> EvalSample:
        document = documents[int(graded.doc_id)] if documents is not None else None
        return EvalSample(
            run_id=self.run_id,
            asked_at=now,
            task=task,
            doc_id=(document and document.key) or graded.doc_id,
            score=graded.score,
            prediction=graded.prediction,
            target=graded.target,
            subject=document.subject if document else graded.subject,
            is_visual=bool(document.images) if document else graded.is_visual,
            variant_of=document.variant_of if document else graded.variant_of,
            contaminated=self.leaks.gives_away(document, graded.prompt),
        )

    def _note(self, task: str, status: str, error: str | None = None) -> None:
        self.lake.append([self._row(part, status, error=error) for part in parts_of(task)], f"evaluation {self.run_id} {status}")

    def _row(self, task: str, status: str, n: int | None = None, error: str | None = None) -> EvalRun:
        model = self.wanted.model
        return EvalRun(
            run_id=self.run_id,
            asked_at=datetime.now(UTC),
            status=status,
            task=task,
            checkpoint=model.checkpoint,
            model=model.endpoint.model if model.endpoint else None,
            n=n,
            training_run_id=self.wanted.training_run_id,
            error=error,
        )
