"""Questions declared by schema.org, after the vocabulary's own and search engines' published examples."""

# ruff: noqa: E501 - pages stand as their servers send them

import json

import pytest

from vwi_lake.qa.markup import extract
from vwi_lake.qa.schema_org import from_json_ld, json_ld_scripts, plain
from vwi_lake.web.trees import build_tree

URL = "http://course.example/faq"

FAQ = {
    "@context": "https://schema.org",
    "@type": "FAQPage",
    "mainEntity": [
        {
            "@type": "Question",
            "name": "How long does it take to process a refund?",
            "acceptedAnswer": {"@type": "Answer", "text": "<p>We send it <b>within a week</b>.</p><ul><li>by mail</li></ul>"},
        },
        {"@type": "Question", "name": "Who pays?", "acceptedAnswer": {"@type": "Answer", "text": "We &amp; you."}},
    ],
}
QA = {
    "@type": "QAPage",
    "mainEntity": {
        "@type": "Question",
        "name": "How many ounces are there in a pound?",
        "text": "I have taken up a new interest in baking. How many are there?",
        "suggestedAnswer": [{"@type": "Answer", "text": "Are you looking for ounces?"}, {"@type": "Answer", "text": "14 (troy)"}],
        "acceptedAnswer": {"@type": "Answer", "text": "1 pound is equal to 16 ounces."},
    },
}
QUIZ = {
    "@graph": [
        {
            "@type": "Quiz",
            "hasPart": [
                {
                    "@type": ["Question"],
                    "eduQuestionType": "Multiple choice",
                    "text": "If 10x = 20, what is x?",
                    "suggestedAnswer": [{"@type": "Answer", "position": 0, "text": "1"}, {"@type": "Answer", "position": 2, "text": "200"}],
                    "acceptedAnswer": {
                        "@type": "Answer",
                        "position": 1,
                        "text": "2",
                        "answerExplanation": {"@type": "Comment", "text": "Divide by 10."},
                    },
                },
                {
                    "@type": "Question",
                    "eduQuestionType": "Flashcard",
                    "text": "Photosynthesis",
                    "acceptedAnswer": {"@type": "Answer", "text": 'Light to sugar <img src="http://a.example/leaf.png">'},
                },
            ],
        }
    ]
}

DECLARED = [
    (FAQ, [("How long does it take to process a refund?", "We send it within a week.\nby mail", []), ("Who pays?", "We & you.", [])]),
    (
        QA,
        [
            (
                "How many ounces are there in a pound?\nI have taken up a new interest in baking. How many are there?",
                "1 pound is equal to 16 ounces.",
                [],
            )
        ],
    ),
    (QUIZ, [("If 10x = 20, what is x?", "2\nDivide by 10.", ["1", "2", "200"]), ("Photosynthesis", "Light to sugar", [])]),
    ({"@type": "Question", "name": "Unanswered?"}, [("Unanswered?", None, [])]),
    ({"@type": "Question", "name": "", "text": " "}, []),
    ({"@type": "NewsArticle", "headline": "Question time"}, []),
]


@pytest.mark.parametrize(("data", "pairs"), DECLARED)
def test_json_ld(data: object, pairs: list[tuple[str, str | None, list[str]]]) -> None:
    assert [(one.question, one.solution, one.choices) for one in from_json_ld([json.dumps(data)])] == pairs


def test_scripts_of_a_page() -> None:
    html = """<script>var a = 1</script><SCRIPT type='application/ld+json; charset=utf-8'>{"@type": "Question"}</SCRIPT>"""
    assert json_ld_scripts(html) == ['{"@type": "Question"}']


def test_pictures_of_an_answer() -> None:
    assert [one.solution_images for one in from_json_ld([json.dumps(QUIZ)])] == [[], ["http://a.example/leaf.png"]]


@pytest.mark.parametrize("script", ["", "{", "[" * 100_000, '"text"', "null", '{"@type": "Question", "name": {"a": []}}', '{"@type": 3}'])
def test_what_is_no_question_is_passed_over(script: str) -> None:
    assert from_json_ld([script]) == []


def test_a_question_declared_twice_is_one() -> None:
    assert len(from_json_ld([json.dumps(FAQ)] * 2)) == 2


MICRODATA = """<main itemscope itemtype="https://schema.org/QAPage"><div itemprop="mainEntity" itemscope itemtype="https://schema.org/Question">
<h2 itemprop="name">How many ounces in a pound?</h2><div itemprop="text">I bake. <img src="/scale.png"></div>
<div itemprop="author" itemscope itemtype="https://schema.org/Person"><span itemprop="name">New Baker</span></div>
<div itemprop="suggestedAnswer" itemscope itemtype="https://schema.org/Answer"><span itemprop="text">Fourteen.</span></div>
<div itemprop="acceptedAnswer" itemscope itemtype="https://schema.org/Answer"><p>Voted 26</p><div itemprop="text">Sixteen.</div></div></div></main>"""
RDFA = """<div vocab="https://schema.org/" typeof="FAQPage"><div property="mainEntity" typeof="Question"><h3 property="name">Is it hot?</h3>
<div property="acceptedAnswer" typeof="Answer"><p property="text">Yes, very.</p></div></div></div>"""
OPEN_THREAD = """<div itemscope itemtype="http://schema.org/Question"><h1 itemprop="name">Why?</h1>
<div itemprop="suggestedAnswer" itemscope itemtype="http://schema.org/Answer"><p itemprop="text">First.</p></div>
<div itemprop="suggestedAnswer" itemscope itemtype="http://schema.org/Answer"><p itemprop="text">Second.</p></div></div>"""


@pytest.mark.parametrize(
    ("html", "pairs"),
    [
        (MICRODATA, [("How many ounces in a pound?\nI bake.", "Sixteen.", ["http://course.example/scale.png"])]),
        (RDFA, [("Is it hot?", "Yes, very.", [])]),
        (OPEN_THREAD, [("Why?", "First.", [])]),
    ],
)
def test_marked_elements(html: str, pairs: list[tuple[str, str, list[str]]]) -> None:
    found = extract(build_tree(html, URL))
    assert [(pair.question, pair.solution, pair.question_images) for pair in found] == pairs
    assert {pair.cue for pair in found} == {"schema_org"}


def test_a_question_seen_and_declared_is_one() -> None:
    html = "<details><summary>Who pays?</summary><p>We do.</p></details>"
    pairs = extract(build_tree(html, URL), [json.dumps(FAQ)])
    assert [(pair.question[:9], pair.cue) for pair in pairs] == [("Who pays?", "details"), ("How long ", "schema_org")]


@pytest.mark.parametrize(("markup", "text"), [("a<br>b", "a\nb"), ("&lt;p&gt;x &amp;amp; y&lt;/p&gt;", "x & y"), ("1 < 2", "1 < 2")])
def test_plain(markup: str, text: str) -> None:
    assert plain(markup) == text
