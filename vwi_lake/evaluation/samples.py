"""What lmms-eval wrote, read back with suspicion: a result that does not follow from whole samples is no result."""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vwi_lake.errors import VwiError
from vwi_lake.evaluation.harness import NO_REPLY

Sample = dict[str, Any]
# metric → what lmms-eval's total is of the mean score
SCALES = {"accuracy": 1.0, "mmmu_acc": 1.0, "llm_as_judge_eval": 100.0, "dynamath_average": 1.0}
ROUNDED = 5e-5  # totals are rounded to five places, MathVista's per cent to two
JUDGE_FAILED = ("Judge evaluation failed", "Error in matching answer", "Server evaluation failed", "failed to get a score")
MODEL_FAILED = ("in generating",)


@dataclass(frozen=True)
class Graded:
    doc_id: str
    score: float
    prediction: str
    target: str | None
    prompt: str
    subject: str | None = None
    is_visual: bool | None = None
    variant_of: str | None = None


def read_samples(output: Path, task: str, empty_ok: bool = False) -> list[Graded]:
    """The samples of one task, in order; VwiError where any is missing, empty, doubled or unscored, or the total is another."""
    results = _results(output)
    samples = [_graded(sample, task, empty_ok) for sample in _lines(_only(output, f"*_samples_{task}.jsonl"))]
    ids = {sample.doc_id for sample in samples}
    if len(ids) < len(samples):
        raise VwiError(f"{task}: {len(samples) - len(ids)} of {len(samples)} samples have the doc_id of another one")
    expected = (results.get("n-samples", {}).get(task) or {}).get("effective")
    if not samples or len(samples) != expected:
        raise VwiError(f"{task}: {len(samples)} samples are there, {expected} were to be")
    _check_total(results, task, samples)
    return sorted(samples, key=lambda sample: (len(sample.doc_id), sample.doc_id))


def _only(output: Path, pattern: str) -> Path:
    found = sorted(output.rglob(pattern))
    if len(found) != 1:
        raise VwiError(f"lmms-eval ended without a result: {len(found)} files {pattern} below {output}")
    return found[0]


def _results(output: Path) -> dict[str, Any]:
    path = _only(output, "*_results.json")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise VwiError(f"{path} is not whole: {error}") from None
    return found if isinstance(found, dict) else {}


def _lines(path: Path) -> Iterator[Sample]:
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.strip():
            try:
                yield json.loads(line)
            except ValueError as error:
                raise VwiError(f"line {number} of {path} is not whole: {error}") from None


def _graded(sample: Sample, task: str, empty_ok: bool) -> Graded:
    doc_id = str(sample["doc_id"])
    prediction = _prediction(sample)
    if prediction.startswith(NO_REPLY):
        raise VwiError(f"{task}: no reply to document {doc_id}: {prediction[:200]}")
    if not prediction.strip() and not empty_ok:
        raise VwiError(f"{task}: an empty reply to document {doc_id}: is this the right model? --empty-ok counts such replies as wrong")
    score, more = _score(sample, task)
    if not (isinstance(score, bool | int | float) and math.isfinite(score) and 0 <= score <= 1):
        raise VwiError(f"{task}: document {doc_id} has the score {score!r}, which is none")
    target = sample.get("target")
    return Graded(doc_id, float(score), prediction, None if target is None else str(target), str(sample.get("input") or ""), **more)


def _prediction(sample: Sample) -> str:
    """Filtered replies come as a text, or as a list of one or more; unfiltered where the filter left nothing."""
    value = sample.get("filtered_resps")
    while isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, str) else ""


def _score(sample: Sample, task: str) -> tuple[Any, dict[str, Any]]:
    """The score of a sample, and what its task tells of the document."""
    for metric, read in READERS.items():
        if metric in sample:
            return read(sample, sample[metric])
    raise VwiError(f"{task} writes no score that is known here: {', '.join(sorted(sample))}")


def _mmmu(sample: Sample, graded: Sample) -> tuple[Any, dict[str, Any]]:
    return sample.get("score"), {"subject": graded.get("subdomain") or graded.get("subject"), "is_visual": True}


def _mathvista(sample: Sample, graded: Sample) -> tuple[Any, dict[str, Any]]:
    if not graded.get("extraction"):
        raise VwiError(f"the judge gave no answer for document {sample['doc_id']}")
    told = graded.get("metadata") or graded
    return graded.get("true_false"), {"subject": told.get("task"), "is_visual": True}


def _graded_by_judge(sample: Sample, graded: Any) -> tuple[Any, dict[str, Any]]:
    """MM-Vet has a grade with its capabilities, MathVerse a bare one."""
    if not isinstance(graded, dict):
        return graded, _mathverse(sample.get("submission") or {})
    if not graded.get("eval_model"):
        raise VwiError(f"the judge gave no grade for document {sample['doc_id']}")
    return graded.get("score"), {"subject": graded.get("capabilities"), "is_visual": True}


def _dynamath(sample: Sample, graded: Sample) -> tuple[Any, dict[str, Any]]:
    return graded.get("acc"), {"variant_of": str(graded.get("variant_id")), "is_visual": True}


READERS: dict[str, Callable[[Sample, Any], tuple[Any, dict[str, Any]]]] = {
    "mmmu_acc": _mmmu,
    "llm_as_judge_eval": _mathvista,
    "gpt_eval_score": _graded_by_judge,
    "dynamath_average": _dynamath,
    "accuracy": lambda sample, score: (score, {}),
}


def _mathverse(told: Sample) -> dict[str, Any]:
    """A problem comes in five versions, one of them without the figure."""
    problem = told.get("problem_index")
    return {
        "subject": (told.get("metadata") or {}).get("subject"),
        "is_visual": told.get("problem_version") != "Text Only",
        "variant_of": None if problem is None else str(problem),
    }


def _check_total(results: dict[str, Any], task: str, samples: list[Graded]) -> None:
    """lmms-eval's total must be the mean of the scores that we read."""
    mean = sum(sample.score for sample in samples) / len(samples)
    for name, value in (results.get("results", {}).get(task) or {}).items():
        scale = SCALES.get(name.split(",")[0])
        if scale and isinstance(value, int | float) and not abs(value / scale - mean) <= ROUNDED + 1e-9:
            raise VwiError(f"{task}: lmms-eval says {name} = {value}, the mean of its samples is {mean * scale:.5f}")


def told_failures(log: str) -> str | None:
    """Failures that lmms-eval counts as wrong answers and only its log tells."""
    lines = [line for line in log.splitlines() if any(words in line for words in (*JUDGE_FAILED, *MODEL_FAILED))]
    return f"{len(lines)} failures in the log, the first: {lines[0].strip()[-300:]}" if lines else None
