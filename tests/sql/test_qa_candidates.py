"""What the rules say of a question before anybody is paid to look at it."""

import polars as pl
import pytest

from tests.sql.harness import rows_of

URL = "http://a.example/1"
SPOKEN = [
    ("What is the area of a circle of radius 3?", None, None),
    ("Find the current in the figure below.", None, "lacks_its_image"),
    ("Solve the previous problem with polar coordinates.", None, "needs_another_question"),
    ("Löse die vorherige Aufgabe mit Polarkoordinaten.", None, "needs_another_question"),
    ("Rozwiąż poprzednie zadanie we współrzędnych biegunowych.", None, "needs_another_question"),
    ("Решите предыдущую задачу ещё раз.", None, "needs_another_question"),
    ("Answer: 4.2 m", None, "answer_only"),
    ("答案：B", None, "answer_only"),
    ("Answer: true or false? Water is wet.", "True", None),
    ("Evaluate [Math Processing Error] at zero.", None, "broken_formula"),
    ("a", None, "question_too_short"),
]


@pytest.fixture(scope="module")
def judged() -> dict[str, str | None]:
    pairs = [
        {"question": q, "solution": s, "question_images": [], "solution_images": [], "choices": [], "faults": [], "cue": "heading"}
        | {"on_page": 1.0, "solution_on_page": None, "short_solution": None, "first_node": 1, "last_node": 2}
        for q, s, _ in SPOKEN
    ]
    read = {"url": URL, "body_sha": "s", "extractor": "markup", "version": "1", "pairs": pairs, "error": None, "asked_at": 1}
    trees = {"url": pl.String, "body_sha": pl.String, "images": pl.List(pl.Struct({"url": pl.String}))}
    rows = rows_of(
        "silver.qa_candidates",
        {
            "bronze.qa_extractions": [read],
            "silver.trees": pl.DataFrame([{"url": URL, "body_sha": "s", "images": []}], schema=trees),
        },
    )
    return {row["question"]: row["broken_by"] for row in rows}


@pytest.mark.parametrize(("question", "reason"), [(q, reason) for q, _, reason in SPOKEN])
def test_a_question_is_judged_by_its_words(judged: dict, question: str, reason: str | None) -> None:
    assert judged[question] == reason
