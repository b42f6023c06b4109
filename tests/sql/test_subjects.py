import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sql.harness import rows_of
from vwi_lake.providers.llm_ladder import fault_of
from vwi_lake.stages.check_qa import SCHEMA

WORDS = [("angle", "Math"), ("force", "Physics"), ("wave", "Physics"), ("field", "Physics"), ("field", "Math"), ("acid", "Chemistry")]
SEEDS = [{"word": word, "subject": subject} for word, subject in WORDS]


def subjects(*pairs: tuple[str, str, str], titles: dict[str, str] | None = None) -> list[str]:
    """Subjects of (page, domain, question), in this order."""
    return [row["subject"] for row in judged(*pairs, titles=titles)]


def judged(
    *pairs: tuple[str, str, str], titles: dict[str, str] | None = None, checks: Sequence[dict[str, Any]] = ()
) -> list[dict[str, Any]]:
    pages = {page: domain for page, domain, _ in pairs}
    return rows_of(
        "gold.subjects",
        {
            "bronze.qa_checks": checks,
            "seeds.subject_words": SEEDS,
            "silver.qa_pairs": [
                {"qa_id": f"{n:03}", "page_url": page, "question": asked, "solution": "yes"} for n, (page, _, asked) in enumerate(pairs)
            ],
            "silver.trees": [{"url": page, "title": (titles or {}).get(page, "")} for page in pages],
            "silver.pages": [{"url": page, "domain": domain} for page, domain in pages.items()],
        },
    )


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What is the force?", "Physics"),
        ("The field of the wave?", "Physics"),
        ("An ANGLE, and a force, and an angle, in a field?", "Math"),  # one each and a half each: by name
        ("Who is it?", "Others"),
    ],
)
def test_words_vote(question: str, subject: str) -> None:
    assert subjects(("a", "x", question)) == [subject]


def test_a_pair_without_words_goes_with_its_page_or_else_its_site() -> None:
    told = subjects(("a", "x", "What force?"), ("a", "x", "And what now?"), ("b", "x", "Which one?"), ("c", "y", "Which one?"))
    assert told == ["Physics", "Physics", "Physics", "Others"]


def test_a_pair_of_its_own_mind_among_others() -> None:
    others = [("a", "x", "What force?")] * 3
    assert subjects(*others, ("b", "x", "Is it an acid?"))[-1] == "Chemistry"


def test_titles_count() -> None:
    assert subjects(("a", "x", "Which one?"), titles={"a": "All about acid"}) == ["Chemistry"]


@pytest.mark.parametrize(
    ("told", "subject", "differ"),
    [
        (["Chemistry"], "Chemistry", True),
        (["Physics"], "Physics", False),
        (["Others"], "Others", True),
        ([None], "Physics", None),
        ([], "Physics", None),
        (["Chemistry", "Physics"], "Physics", False),  # the newest
        (["Chemistry", None], "Chemistry", True),  # a later check that names none, or fails
    ],
)
def test_the_model_that_checked_the_pair_has_the_word(told: list[str | None], subject: str, differ: bool | None) -> None:
    checks = [
        {"qa_id": "000", "checker": str(n), "subject": name, "asked_at": datetime(2026, 1, 1 + n, tzinfo=UTC)}
        for n, name in enumerate(told)
    ]
    (row,) = judged(("a", "x", "What is the force?"), checks=checks)
    assert (row["subject"], row["subject_by_words"], row["subjects_differ"]) == (subject, "Physics", differ)


@pytest.mark.parametrize(
    ("more", "fits"), [({}, True), ({"subject": None}, True), ({"subject": "Biology"}, True), ({"subject": "Cooking"}, False)]
)
def test_a_check_may_name_one_of_the_nine(more: dict[str, Any], fits: bool) -> None:
    reply = json.dumps({"valid": True, "why": "clear", "images": [], **more})
    assert (fault_of(reply, SCHEMA) is None) == fits
