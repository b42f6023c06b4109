"""What lmms-eval writes, whole and broken: a broken result is no score."""

import json
from pathlib import Path

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.evaluation.samples import read_samples, told_failures


def sample(doc_id, reply="Answer: 4", **metrics):
    return {"doc_id": doc_id, "target": "4", "filtered_resps": [reply], "input": "What is 2 + 2?", **(metrics or {"accuracy": 1.0})}


def written(folder: Path, samples, task="t", results=None, n=None, tail=""):
    """A folder as lmms-eval leaves it; `results` are its totals."""
    output = folder / "output" / "model"
    output.mkdir(parents=True)
    told = {"results": {task: results or {}}, "n-samples": {task: {"original": 999, "effective": len(samples) if n is None else n}}}
    (output / "20260101_000000_results.json").write_text(json.dumps(told))
    lines = "".join(json.dumps(s) + "\n" for s in samples)
    (output / f"20260101_000000_samples_{task}.jsonl").write_text(lines + tail)
    return folder / "output"


def mmmu(doc_id, **more):
    return sample(doc_id, mmmu_acc={"id": "validation_Art_1", "subdomain": "Art", "answer": "B", "parsed_pred": ["B"]}, score=1.0, **more)


def mathverse(doc_id, version):
    told = {"problem_index": "7", "problem_version": version, "metadata": {"subject": "Plane Geometry"}}
    return sample(doc_id, gpt_eval_score=1, submission=told)


VISTA = {"extraction": "4", "true_false": True, "task": "geometry problem solving"}
VET = {"score": 0.4, "capabilities": "rec,ocr", "eval_model": "a-judge"}


@pytest.mark.parametrize(
    ("written_sample", "score", "subject", "is_visual", "variant_of"),
    [
        (sample(0, accuracy=0.0), 0, None, None, None),
        (mmmu(0), 1, "Art", True, None),
        (sample(0, mmmu_acc={"subject": "Music"}, score=0.0), 0, "Music", True, None),
        (sample(0, llm_as_judge_eval=VISTA), 1, "geometry problem solving", True, None),
        (sample(0, llm_as_judge_eval=VISTA | {"true_false": False, "metadata": {"task": "maths"}}), 0, "maths", True, None),
        (sample(0, gpt_eval_score=VET), 0.4, "rec,ocr", True, None),
        (mathverse(0, "Text Only"), 1, "Plane Geometry", False, "7"),
        (mathverse(0, "Vision Only"), 1, "Plane Geometry", True, "7"),
        (sample(0, dynamath_average={"acc": 1.0, "question_id": "3", "variant_id": 12}, dynamath_worst={}), 1, None, True, "12"),
    ],
)
def test_the_score_of_each_task(tmp_path, written_sample, score, subject, is_visual, variant_of):
    found = read_samples(written(tmp_path, [written_sample]), "t")[0]
    assert (found.score, found.subject, found.is_visual, found.variant_of) == (score, subject, is_visual, variant_of)
    assert (found.doc_id, found.prediction, found.target) == ("0", "Answer: 4", "4")


def test_a_reply_in_whatever_list(tmp_path):
    replies = ["x", ["x"], [["x"]], ["x", "y"]]
    found = read_samples(written(tmp_path, [sample(n) | {"filtered_resps": reply} for n, reply in enumerate(replies)]), "t")
    assert [s.prediction for s in found] == ["x"] * 4


def test_in_the_order_of_the_documents(tmp_path):
    found = read_samples(written(tmp_path, [sample(n) for n in (10, 9, 100, 0)]), "t")
    assert [s.doc_id for s in found] == ["0", "9", "10", "100"]


@pytest.mark.parametrize(
    ("samples", "more", "words"),
    [
        ([], {}, "0 samples are there, 0 were to be"),
        ([sample(0)], {"n": 2}, "1 samples are there, 2 were to be"),
        ([sample(0), sample(1)], {"n": 1}, "2 samples are there, 1 were to be"),
        ([sample(0), sample(0)], {}, "1 of 2 samples have the doc_id of another one"),
        ([sample(0)], {"tail": '{"doc_id": 1, "targ'}, "line 2 of .* is not whole"),
        ([sample(0, "[LMMS_EVAL_REQUEST_FAILED after 3 retries] Connection error.")], {}, "no reply to document 0: .*Connection error"),
        ([sample(0, "[LMMS_EVAL_BUDGET_EXCEEDED]")], {}, "no reply to document 0"),
        ([sample(0), sample(1, "")], {}, "an empty reply to document 1"),
        ([sample(0, " \n")], {}, "an empty reply"),
        ([sample(0) | {"filtered_resps": []}], {}, "an empty reply"),
        ([sample(0) | {"filtered_resps": None}], {}, "an empty reply"),
        ([sample(0, accuracy=float("nan"))], {}, "the score nan, which is none"),
        ([sample(0, accuracy=1.5)], {}, "the score 1.5, which is none"),
        ([sample(0, accuracy=-1)], {}, "the score -1, which is none"),
        ([sample(0, accuracy="1.0")], {}, "the score '1.0', which is none"),
        ([sample(0, accuracy=None)], {}, "the score None, which is none"),
        ([sample(0, mmmu_acc={"subdomain": "Art"})], {}, "the score None, which is none"),
        ([sample(0, llm_as_judge_eval=VISTA | {"extraction": ""})], {}, "the judge gave no answer for document 0"),
        ([sample(0, gpt_eval_score=VET | {"eval_model": "", "score": 0.0})], {}, "the judge gave no grade for document 0"),
        ([sample(0, bleu=0.3)], {}, "writes no score that is known here: bleu"),
        ([sample(0), sample(1, accuracy=0.0)], {"results": {"accuracy,none": 0.75}}, "says accuracy,none = 0.75, .* 0.50000"),
        ([sample(0, llm_as_judge_eval=VISTA)], {"results": {"llm_as_judge_eval,none": 50.0}}, "the mean of its samples is 100.00000"),
        ([sample(0)], {"results": {"accuracy,none": float("nan")}}, "says accuracy,none = nan"),
    ],
)
def test_what_is_no_result(tmp_path, samples, more, words):
    with pytest.raises(VwiError, match=words):
        read_samples(written(tmp_path, samples, **more), "t")


def test_empty_replies_may_count_as_wrong_but_failed_requests_never(tmp_path):
    assert len(read_samples(written(tmp_path, [sample(0, "", accuracy=0.0)]), "t", empty_ok=True)) == 1
    failed = written(tmp_path / "failed", [sample(0, "[LMMS_EVAL_REQUEST_FAILED after 3 retries] x")])
    with pytest.raises(VwiError, match="no reply"):
        read_samples(failed, "t", empty_ok=True)


def test_files_that_are_missing_doubled_or_cut(tmp_path):
    output = written(tmp_path, [sample(0)])
    with pytest.raises(VwiError, match="ended without a result"):
        read_samples(output, "another")
    with pytest.raises(VwiError, match="ended without a result"):
        read_samples(tmp_path / "nowhere", "t")
    results = next(output.rglob("*_results.json"))
    results.with_name("x_results.json").write_text("{}")
    with pytest.raises(VwiError, match="2 files"):
        read_samples(output, "t")
    results.with_name("x_results.json").unlink()
    results.write_text(results.read_text()[:-5])
    with pytest.raises(VwiError, match="is not whole"):
        read_samples(output, "t")


def test_failures_that_only_the_log_tells():
    assert told_failures("INFO all well\nModel Responding: 3/3\n") is None
    log = "a\n12:00 ERROR | Judge evaluation failed: timeout\nError in matching answer\n"
    assert told_failures(log) == "2 failures in the log, the first: 12:00 ERROR | Judge evaluation failed: timeout"
    assert told_failures("ERROR | x:generate_until:97 - Error CUDA out of memory in generating\nb")
