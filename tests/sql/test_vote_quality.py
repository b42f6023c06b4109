"""Counts and Wilson intervals against figures worked out by hand."""

import pytest

from tests.sql.harness import rows_of


def votes(*told):
    """Rows of gold.vote_quality; each told: agreeing, drafts, kept, verdict, subject, with an image, and how many of them."""
    answers, pairs, subjects, alignments = [], [], [], []
    for agreeing, drafts, kept, verdict, subject, visual, n in told:
        for _ in range(n):
            qa_id = f"{len(answers):04}"
            reason = None if kept else "no_majority"
            answers.append({"qa_id": qa_id, "answer": "4", "n_agreeing": agreeing, "n_drafts": drafts, "rejected_because": reason})
            pairs.append({"qa_id": qa_id, "solution": "4", "question_files": [{"sha256": "x"}] if visual else []})
            subjects.append({"qa_id": qa_id, "subject": subject})
            hashed = "a87ff679a2f3e71d9181a67b7542122c" + ("" if kept else " lost")  # md5 of the answer
            if verdict:
                alignments.append({"qa_id": qa_id, "answer_hash": hashed, "verdict": verdict, "error": None})
    given = {
        "silver.answers": answers,
        "verdicts.answers": answers,
        "silver.qa_pairs": pairs,
        "gold.subjects": subjects,
        "bronze.answer_alignments": alignments,
    }
    return {(row["votes"], row["subject"], row["is_visual"]): row for row in rows_of("gold.vote_quality", given)}


@pytest.mark.parametrize(
    ("aligned", "different", "low", "high"),
    [
        (9, 1, 0.5958, 0.9821),
        (1, 1, 0.0945, 0.9055),
        (0, 5, 0.0, 0.4345),
        (5, 0, 0.5655, 1.0),
        (98, 2, 0.9300, 0.9945),
    ],
)
def test_intervals(aligned, different, low, high):
    row = votes((4, 4, True, "aligned", "Math", False, aligned), (4, 4, True, "different", "Math", False, different))["4/4", None, None]
    assert row["precision"] == aligned / (aligned + different)
    assert (row["precision_low"], row["precision_high"]) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


def test_sums_by_votes_subject_and_images():
    rows = votes(
        (4, 4, True, "aligned", "Math", True, 3),
        (4, 4, True, "different", "Physics", False, 1),
        (4, 4, True, "undecided", "Physics", True, 2),
        (3, 4, True, "aligned", "Math", False, 1),
        (2, 4, False, "different", "Math", False, 4),
        (3, 4, True, None, "Math", False, 7),  # not aligned yet: in no sum
    )
    counts = {key: tuple(row[name] for name in ("pairs", "agreeing", "differing", "undecided")) for key, row in rows.items()}
    assert counts == {
        ("4/4", None, None): (6, 3, 1, 2),
        ("4/4", "Math", None): (3, 3, 0, 0),
        ("4/4", "Physics", None): (3, 0, 1, 2),
        ("4/4", None, True): (5, 3, 0, 2),
        ("4/4", None, False): (1, 0, 1, 0),
        ("3/4", None, None): (1, 1, 0, 0),
        ("3/4", "Math", None): (1, 1, 0, 0),
        ("3/4", None, False): (1, 1, 0, 0),
        ("2/4", None, None): (4, 0, 4, 0),
        ("2/4", "Math", None): (4, 0, 4, 0),
        ("2/4", None, False): (4, 0, 4, 0),
    }
    assert {row["is_kept"] for key, row in rows.items() if key[0] == "2/4"} == {False}


def test_where_all_are_undecided_nothing_is_known():
    row = votes((4, 4, True, "undecided", "Math", False, 2))["4/4", None, None]
    assert (row["precision"], row["precision_low"], row["precision_high"]) == (None, 0.0, 1.0)
