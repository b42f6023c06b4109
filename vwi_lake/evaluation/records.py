"""What an evaluation leaves in bronze: one run id for all its tasks."""

from dataclasses import dataclass
from typing import ClassVar

from vwi_lake.columns import Record


@dataclass(frozen=True, kw_only=True)
class EvalRun(Record):
    """bronze.eval_runs: a row per task when it starts and one when it ends; the newest counts."""

    TABLE: ClassVar[str] = "eval_runs"

    status: str  # started | completed | failed | cancelled
    task: str
    checkpoint: str | None = None  # a folder or a name on the hub
    model: str | None = None  # the name that an endpoint serves
    n: int | None = None  # samples recorded
    training_run_id: str | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class EvalSample(Record):
    """bronze.eval_samples: one row per run, task and document."""

    TABLE: ClassVar[str] = "eval_samples"

    task: str
    doc_id: str  # its position in the task (lmms-eval's doc_hash is not unique); of a held-out pair its qa_id
    score: float  # in [0, 1]
    prediction: str
    target: str | None = None
    subject: str | None = None
    is_visual: bool | None = None
    variant_of: str | None = None  # what this document is one variant of: DynaMath's seed, MathVerse's problem
    contaminated: bool | None = None  # the pages of this lake give it away; null where the lake knows no benchmark


RECORDS: tuple[type[Record], ...] = (EvalRun, EvalSample)
