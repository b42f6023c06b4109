"""Which answer of a linked page is a question's: one of its number and section on the same site, and only one; else a reason."""

import polars as pl
import pytest

from tests.sql.harness import rows_of

TREES = {"url": pl.String, "body_sha": pl.String}
PAIR = {"question": "How far?", "solution": None, "number": "1", "sections": []} | {
    "question_images": [], "solution_images": [], "choices": [], "faults": [], "cue": "heading", "on_page": 1.0, "solution_on_page": None,
    "short_solution": None, "first_node": 1, "last_node": 2, "solution_first_node": None, "solution_last_node": None
}  # fmt: skip
TOLD = {"number": "1", "sections": [], "solution": "Nine.", "solution_images": [], "short_solution": None} | {
    "solution_on_page": 1.0, "first_node": 5, "last_node": 6
}  # fmt: skip


def page(name: str, asks: list[dict] | None = None, tells: list[dict] | None = None, **links: str) -> dict:
    """A page `site/path`: what it asks, what it only tells, and links by what they say (answers, questions)."""
    return {
        "url": f"http://{name}",
        "addresses": [name],
        "pairs": [PAIR | pair for pair in asks or []],
        "key_answers": [TOLD | told for told in tells or []],
        "links": [{"address": address, "text": says, "says": says} for says, listed in links.items() for address in listed.split()],
    }


def linked(*pages: dict) -> list[dict]:
    read = {"extractor": "markup", "version": "1", "body_sha": "s", "error": None, "asked_at": 1}
    sites = [{"url": p["url"], "domain": p["addresses"][0].split("/")[0], "host": "h"} for p in pages]
    return rows_of(
        "silver.linked_answers",
        {
            "bronze.qa_extractions": [read | p for p in pages],
            "silver.trees": pl.DataFrame([{"url": p["url"], "body_sha": "s"} for p in pages], schema=TREES),
            "silver.pages": pl.DataFrame(sites, schema=dict.fromkeys(("url", "domain", "host"), pl.String)),
        },
    )


def said(*pages: dict) -> list[tuple[str, str | None]]:
    return sorted(((row["solution"], row["rejected_because"]) for row in linked(*pages)), key=str)


def numbered(numbers: str, what: str, sections: tuple[str, ...] = (), text: str = "") -> list[dict]:
    return [{"number": n, "sections": list(sections), what: f"{text}{n} {' '.join(sections)}"} for n in numbers.split()]


SHEET = page("a/sheet", [{}], answers="a/key")
CASES = {
    "a link to the answers": ([SHEET, page("a/key", tells=[{}])], [("Nine.", None)]),
    "a link back": ([page("a/sheet", [{}]), page("a/key", tells=[{}], questions="a/sheet")], [("Nine.", None)]),
    "no link": ([page("a/sheet", [{}]), page("a/key", tells=[{}])], []),
    "a page of another site": ([page("a/sheet", [{}], answers="b/key"), page("b/key", tells=[{}])], [("Nine.", "other_site")]),
    "another number": ([SHEET, page("a/key", tells=[{"number": "2"}])], []),
    "a question that is solved": ([page("a/sheet", [{"solution": "Ten."}], answers="a/key"), page("a/key", tells=[{}])], []),
    "a page that was not read": ([SHEET], []),
    "two keys that disagree": (
        [page("a/sheet", [{}], answers="a/key a/old"), page("a/key", tells=[{}]), page("a/old", tells=[{"solution": "Ten."}])],
        [("Nine.", "keys_disagree"), ("Ten.", "keys_disagree")],
    ),
    "two keys that agree": (
        [page("a/sheet", [{}], answers="a/key a/old"), page("a/key", tells=[{}]), page("a/old", tells=[{}])],
        [("Nine.", "same_answer"), ("Nine.", None)],
    ),
    "the key of another sheet": (
        [page("a/sheet", [{"sections": ["3"]}], answers="a/key"), page("a/key", tells=[{"sections": ["2"]}])],
        [("Nine.", "other_section")],
    ),
    "a key to parts of a sheet": (
        [page("a/sheet", [{"sections": ["b", "3"]}], answers="a/key"), page("a/key", tells=[{"sections": ["b"]}])],
        [("Nine.", None)],
    ),
    "a part of another sheet": (
        [page("a/sheet", [{"sections": ["b", "3"]}], answers="a/key"), page("a/key", tells=[{"sections": ["b", "2"]}])],
        [("Nine.", "other_section")],
    ),
    "a sheet that names no section, a key whose numbers begin anew": (
        [
            page("a/sheet", numbered("1 2", "question"), answers="a/key"),
            page("a/key", tells=[*numbered("1", "solution", ("1",)), *numbered("1 2", "solution", ("2",))]),
        ],
        [("1 1", "other_section"), ("1 2", "other_section"), ("2 2", "other_section")],
    ),
    "two questions of that number": (
        [page("a/sheet", [{}, {"question": "How high?"}], answers="a/key"), page("a/key", tells=[{}])],
        [("Nine.", "asked_by_several"), ("Nine.", "asked_by_several")],
    ),
    "two sheets with one key": (
        [SHEET, page("a/other", [{"question": "How high?"}], answers="a/key"), page("a/key", tells=[{}])],
        [("Nine.", "asked_by_several"), ("Nine.", "asked_by_several")],
    ),
    "a sheet and its print": (
        [SHEET, page("a/print", [{"question": "How far"}], answers="a/key"), page("a/key", tells=[{}])],
        [("Nine.", None), ("Nine.", None)],
    ),
    "a number told twice": (
        [SHEET, page("a/key", tells=[{}, {"solution": "Ten."}])],
        [("Nine.", "keys_disagree"), ("Ten.", "keys_disagree")],
    ),
}


@pytest.mark.parametrize(("pages", "expected"), CASES.values(), ids=CASES)
def test_an_answer_is_joined_where_it_can_be_no_other(pages: list[dict], expected: list[tuple[str, str | None]]) -> None:
    assert said(*pages) == expected


def test_restarting_numbers_are_told_by_their_sections() -> None:
    parts = [("1", "x"), ("2", "x"), ("3", "x")]
    asks = [pair for part in parts for pair in numbered("1 2 3", "question", part)]
    tells = [told for part in parts for told in numbered("1 2 3", "solution", part[:1])]
    rows = [r for r in linked(page("a/sheet", asks, answers="a/key"), page("a/key", tells=tells)) if r["rejected_because"] is None]
    assert {(r["position"], r["key_position"]) for r in rows} == {(n, n) for n in range(1, 10)}


def test_a_number_that_a_hostile_key_tells_ten_thousand_times_is_joined_to_nothing() -> None:
    many = [{"number": str(n), "question": f"Q {n}", "solution": None} for n in range(10_000)]
    same = [{"number": "x", "question": f"Q {n}", "solution": None} for n in range(10_000)]
    rows = linked(
        page("a/sheet", [*many, *same], answers="a/key"),
        page("a/key", tells=[{"number": n, "solution": f"A {i}"} for i in range(10_000) for n in (str(i), "x")]),
    )
    assert len(rows) == sum(row["rejected_because"] is None for row in rows) == 10_000
