"""Pages of our own in the markup of some ninety generators and platforms: each question found, with its solution and pictures."""

from pathlib import Path

import pytest
import yaml

from vwi_lake.qa.markup import Pair, extract
from vwi_lake.web.trees import build_tree

PAGES = Path(__file__).parent / "platforms"
EXPECTED: dict[str, list[tuple[str, str | None, int]]] = yaml.safe_load((PAGES / "expected.yaml").read_text(encoding="utf-8"))
NEAR = 80  # characters: a title or a label may stand before


@pytest.mark.parametrize("page", EXPECTED)
def test_reads_what_platforms_write(page: str) -> None:
    tree = build_tree((PAGES / f"{page}.html").read_bytes(), "http://course.example/unit/page.html")
    pairs = extract(tree)
    found = [(pair.question, pair.solution, len(pair.question_images)) for pair in pairs]
    asked = [question for question, _, _ in EXPECTED[page]]
    assert len(pairs) == len(asked), found
    for pair, (question, solution, images) in zip(in_order(pairs, asked), EXPECTED[page], strict=True):
        assert 0 <= pair.question.find(question) <= NEAR, found
        assert not any(other in pair.question + (pair.solution or "") for other in asked if other != question), found
        assert (pair.solution is None) if solution is None else 0 <= (pair.solution or "").find(solution) <= NEAR, found
        assert len(pair.question_images) == images, found


def in_order(pairs: list[Pair], asked: list[str]) -> list[Pair]:
    """Pairs in the order of the questions they hold."""
    return sorted(pairs, key=lambda pair: next((i for i, question in enumerate(asked) if question in pair.question), len(asked)))
