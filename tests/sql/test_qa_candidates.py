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


TREES = {"url": pl.String, "body_sha": pl.String, "images": pl.List(pl.Struct({"url": pl.String}))}
PAIR = {"solution": None, "question_images": [], "solution_images": [], "choices": [], "faults": [], "cue": "heading"} | {
    "on_page": 1.0, "solution_on_page": None, "short_solution": None, "first_node": 1, "last_node": 2
}  # fmt: skip


def candidates(pages: list[dict]) -> list[dict]:
    """Candidates of pages: each a url, a domain, a body and pairs (what a pair leaves out is PAIR's)."""
    read = {"extractor": "markup", "version": "1", "error": None, "asked_at": 1}
    return rows_of(
        "silver.qa_candidates",
        {
            "bronze.qa_extractions": [
                read | {"url": p["url"], "body_sha": p["body"], "pairs": [PAIR | pair for pair in p["pairs"]]} for p in pages
            ],
            "silver.trees": pl.DataFrame([{"url": p["url"], "body_sha": p["body"], "images": []} for p in pages], schema=TREES),
            "silver.pages": pl.DataFrame(
                [{"url": p["url"], "domain": p["domain"], "host": "h"} for p in pages],
                schema=dict.fromkeys(("url", "domain", "host"), pl.String),
            ),
        },
    )


@pytest.fixture(scope="module")
def judged() -> dict[str, str | None]:
    pairs = [{"question": q, "solution": s} for q, s, _ in SPOKEN]
    rows = candidates([{"url": URL, "domain": "a.example", "body": "s", "pairs": pairs}])
    return {row["question"]: row["broken_by"] for row in rows}


@pytest.mark.parametrize(("question", "reason"), [(q, reason) for q, _, reason in SPOKEN])
def test_a_question_is_judged_by_its_words(judged: dict, question: str, reason: str | None) -> None:
    assert judged[question] == reason


ASKED = {"question": "Was this page of use?"}


@pytest.mark.parametrize(
    ("domains", "bodies", "pairs", "reason"),
    [
        ("aaa", "123", [ASKED, {"question": "WAS this page of use"}, ASKED], "boilerplate"),
        ("aa", "12", [ASKED] * 2, None),  # an exercise and its copy elsewhere on the site
        ("aaa", "111", [ASKED] * 3, None),  # one page under three addresses
        ("abc", "123", [ASKED] * 3, None),  # copies across sites are told by silver.unique_pairs
        ("aaa", "123", [ASKED | {"solution": s} for s in ("Yes", "No", "Yes")], None),  # asked anew each time
        ("aaa", "123", [ASKED, ASKED, ASKED | {"solution": "Yes"}], None),  # exercise, its print, its solution
        ("aaaa", "1234", [ASKED, ASKED, ASKED, {"question": "What is an angle?"}], "boilerplate"),
        ("aaa", "123", [ASKED | {"question_images": ["http://a.example/1.png"]}] * 3, "image_unavailable"),
        ((None, None, None), "123", [ASKED] * 3, "boilerplate"),  # hosts without a registrable domain
    ],
)
def test_what_every_page_of_a_site_asks_is_its_furniture(domains, bodies, pairs, reason) -> None:
    pages = [
        {"url": f"http://{n}/", "domain": d, "body": b, "pairs": [pair]}
        for n, (d, b, pair) in enumerate(zip(domains, bodies, pairs, strict=True))
    ]
    rows = candidates(pages)
    assert {row["broken_by"] for row in rows if "angle" not in row["question"]} == {reason}
    assert not [row for row in rows if "angle" in row["question"] and row["broken_by"]]
