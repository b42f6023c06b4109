from itertools import pairwise

import pytest

from vwi_lake.qa.quotes import parts_of, place_of, share_quoted, source_of, strange_numbers
from vwi_lake.web.trees import build_tree

PAGE = """<main><h1>Waves</h1><p>What is the speed of a <b>wa</b>ve of 50 Hz whose length is 4 m?</p>
<p>It is the product, \\(v = f\\lambda = 200\\,\\mathrm{m/s}\\), as each <i>period</i> moves it by one length.</p><p>Yes.</p></main>"""
TREE = build_tree(PAGE.encode(), "http://a.example/")
SOURCE = source_of(TREE, ["a declared answer that stands in no element"])


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("What is the speed of a wave of 50 Hz whose length is 4 m?", 1.0),
        ("what IS the speed\nof a wave – of 50 Hz, whose length is 4 m", 1.0),
        ("It is the product, $v=f\\lambda=200\\text{m/s}$", 1.0),
        ("a declared answer that stands in no element", 1.0),
        ("Yes", 1.0),
        ("Perhaps", 0.0),
        ("v", 1.0),
        ("w", 0.0),
        ("", 0.0),
        ("The frequency equals the reciprocal of one period.", 0.0),
    ],
)
def test_share_of_a_text_that_is_quoted(text: str, share: float) -> None:
    assert share_quoted(text, SOURCE) == share


def test_an_invented_end_lowers_the_share() -> None:
    assert 0.4 < share_quoted("What is the speed of a wave of 50 Hz, and how does temperature change it?", SOURCE) < 0.8


def test_place_is_of_the_nodes_that_hold_the_text() -> None:
    place = place_of("What is the speed of a wave of 50 Hz whose length is 4 m?", SOURCE)
    assert place is not None
    said = "".join(node.text for node in TREE.nodes[place[0] : place[1]])
    assert said == "What is the speed of a wave of 50 Hz whose length is 4 m?"
    assert place_of("Nothing that the page says anywhere", SOURCE) is None


@pytest.mark.parametrize(("text", "strange"), [("50 Hz and 4 m", []), ("51 Hz and 4.5 m", ["51", "5"])])
def test_numbers_that_the_page_does_not_hold(text: str, strange: list[str]) -> None:
    assert strange_numbers(text, TREE.document()) == strange


@pytest.mark.parametrize("overlap", [0, 10, 30])
def test_parts_hold_each_line_and_repeat_the_last_ones(overlap: int) -> None:
    lines = [f"line {n} of a document that is far too long" for n in range(40)]
    parts = parts_of("\n".join(lines), 100, overlap)
    assert list(dict.fromkeys(line for part in parts for line in part.split("\n"))) == lines
    assert all(len(part) <= 400 for part in parts)
    repeated = [set(one.split("\n")) & set(two.split("\n")) for one, two in pairwise(parts)]
    assert all(bool(both) == (overlap > 11) for both in repeated)


def test_a_line_beyond_the_budget_is_a_part_of_its_own() -> None:
    assert parts_of("a\n" + "b" * 900 + "\nc", 100, 10) == ["a", "b" * 900, "c"]
