"""Pages of our own in the markup of some two hundred platforms: each question found, with its solution and pictures."""

from pathlib import Path

import pytest
import yaml

from vwi_lake.qa.markup import Pair, extract
from vwi_lake.qa.schema_org import json_ld_scripts
from vwi_lake.web.trees import build_tree

HERE = Path(__file__).parent
Expected = list[tuple[str, str | None, int, *tuple[str, ...]]]  # begins, its solution begins, pictures; how both end, where that is told
NEAR = 80  # characters: a title or a label may stand before
FOLDERS = ("platforms", *(f"platforms{n}" for n in range(2, 17)))
FAULTS = {  # read wrongly still
    "platforms2/latex2html_notes": "a drawing with LaTeX in its alt text is a formula to the tree",
    "platforms2/khan_worked": "a widget is boilerplate to the tree",
    "platforms2/none_cookies": "a consent dialog with folds is content to the tree",
    "platforms4/brilliant_wiki": "an example whose solution is told by a rule alone",
    "platforms2/none_glossary": "a glossary whose every term is a label",
    "platforms5/rosalind_problem": "an introduction stands in the problem's own box",
    "platforms5/exercism_like_docs": "a task under no other title than Instructions",
    "platforms10/wikibooks_exercise_table": "a set of one task without a number",
    "platforms10/none_blog_fr": "exercises of the body are built as those of the mind",
    "platforms11/odin_assignment": "questions that are links to where their answers are",
    "platforms11/statistics_labs_answers_italic": "the last of several answers below, without a label",
    "platforms12/trainer_problem_types": "a statement and its question are sisters without a box of their own",
    "platforms12/none_stackexchange_list": "counts of votes are taken for the numbers of questions",
    "platforms13/md_curriculum_questions": "headings for a program, --text-- and --answers--, over choices parted by rules",
    "platforms16/cnxml_algebra_sets": "a task that is a picture alone, under one instruction for several",
    "platforms2/none_gym": "exercises of the body are built as those of the mind",
}


def cases() -> list:
    """Each page of each folder with what is expected of it; those read wrongly marked."""
    found = []
    for folder in FOLDERS:
        pages: dict[str, Expected] = yaml.safe_load((HERE / folder / "expected.yaml").read_text(encoding="utf-8"))
        for page, expected in pages.items():
            name = page if folder == "platforms" else f"{folder}/{page}"
            fault = FAULTS.get(name)
            marks = [pytest.mark.xfail(reason=fault, strict=True)] if fault else []
            found.append(pytest.param(HERE / folder / f"{page}.html", expected, id=name, marks=marks))
    return found


@pytest.mark.parametrize(("page", "expected"), cases())
def test_reads_what_platforms_write(page: Path, expected: Expected) -> None:
    tree = build_tree(page.read_bytes(), "http://course.example/unit/page.html")
    pairs = extract(tree, json_ld_scripts(page.read_text(encoding="utf-8")))
    found = [(pair.question, pair.solution, len(pair.question_images)) for pair in pairs]
    asked = [question for question, *_ in expected]
    assert len(pairs) == len(asked), found
    for pair, (question, solution, images, *ends) in zip(in_order(pairs, asked), expected, strict=True):
        assert 0 <= pair.question.find(question) <= NEAR, found
        assert not any(other in pair.question + (pair.solution or "") for other in asked if other != question), found
        assert (pair.solution is None) if solution is None else 0 <= (pair.solution or "").find(solution) <= NEAR, found
        assert len(pair.question_images) == images, found
        for text, end in zip((pair.question, pair.solution), ends, strict=False):
            assert " ".join((text or "").split()).endswith(end), found


def in_order(pairs: list[Pair], asked: list[str]) -> list[Pair]:
    """Pairs in the order of the questions they hold."""
    return sorted(pairs, key=lambda pair: next((i for i, question in enumerate(asked) if question in pair.question), len(asked)))
