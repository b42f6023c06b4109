"""Steps joined to one document: what stays once, what changes once a step."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from vwi_lake.web.steps import Step, is_status, join_steps, tells_right

PAGE = (
    "<html><head><title>Quiz</title></head><body><h1>Machines</h1><div id=game><p>Question {n}/3</p><p>Score: {score}%</p>"
    "<h2>{question}</h2><ul>{choices}</ul></div><footer>About</footer></body></html>"
)


def page(n, question, choices, took=None, score=0):
    items = "".join(f'<li data-vwi-target="0"{" data-vwi-took=" + chr(34) * 2 if c == took else ""}>{c}</li>' for c in choices)
    return PAGE.format(n=n, question=question, choices=items, score=score)


def texts(html, selector):
    return [node.text(strip=True) for node in LexborHTMLParser(html).css(selector)]


THREE = [
    Step(page(1, "What is a lever?", ["A bar", "A wheel"], "A bar"), moved_on=True, took="A bar", is_choice=True),
    Step(page(2, "What is a screw?", ["A rope", "A plane"], "A plane", score=33), moved_on=True, took="A plane", is_choice=True, refused=1),
    Step(page(3, "How many simple machines?", ["5", "6"], "6", score=-7), moved_on=True, was_last=True, took="6", is_choice=True),
]


def test_what_changes_is_there_once_a_step_and_the_rest_once():
    joined = join_steps(THREE)
    assert texts(joined, "h2") == ["What is a lever?", "What is a screw?", "How many simple machines?"]
    assert texts(joined, "section label") == ["A bar", "A wheel", "A rope", "A plane", "5", "6"]
    assert texts(joined, "h1") == ["Machines"]
    assert texts(joined, "footer") == ["About"]
    assert len(texts(joined, "p")) == 2  # counter and score are no content
    assert "data-vwi" not in joined


def test_choices_made_of_anything_become_the_radio_buttons_they_act_as():
    joined = LexborHTMLParser(join_steps(THREE))
    assert [n.attributes["name"] for n in joined.css("label > input[type=radio]")] == [f"step-{n}" for n in (1, 1, 2, 2, 3, 3)]


def test_a_question_asked_of_every_picture_is_there_with_each():
    html = "<body><h1>Quiz</h1><p>3/7</p><h2>What is it?</h2><div><img src={n}.png><ul><li data-vwi-target='0'>{n} or</ul></div></body>"
    joined = join_steps([Step(html.format(n=n).replace("'", '"')) for n in range(3)])
    assert texts(joined, "h2") == ["What is it?"] * 3
    assert texts(joined, "section") == ["What is it?0 or", "What is it?1 or", "What is it?2 or"]
    assert texts(joined, "h1") == ["Quiz"]


LETTERED = (
    '<body><h2>{q}</h2><div class="choice {c}"><b>A)</b> <span data-vwi-target="0" data-vwi-took="">{a}</span></div>'
    '<div class=choice><b>B)</b> <span data-vwi-target="0">None of <img src=x.png></span></div></body>'
)


def test_the_letter_before_a_choice_goes_and_its_marks_and_pictures_stay():
    html = [LETTERED.format(q=f"Which {n}?", c="correct" * (n == 2), a=f"This {n}") for n in (1, 2, 3)]
    joined = join_steps([Step(each, moved_on=True, took=f"{n}", is_choice=True) for n, each in enumerate(html)])
    assert texts(joined, "label") == ["This 1", "None of", "This 2", "None of", "This 3", "None of"]
    assert len(LexborHTMLParser(joined).css("label img")) == 3
    assert texts(joined, "label.correct") == ["This 2"]
    assert not texts(joined, "[data-correct]")  # any choice went on


def test_the_choice_that_went_on_is_the_right_one_where_others_were_refused():
    assert texts(join_steps(THREE), "[data-correct]") == ["A bar", "A plane", "6"]


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (THREE, True),
        (THREE[:2], False),  # too few to tell
        ([Step(s.html, moved_on=True, took=s.took, is_choice=True) for s in THREE], False),  # any choice goes on
        ([*THREE, Step("", moved_on=True, refused=1)], False),  # a button of its own goes on
        ([Step(s.html, moved_on=True, took="Next", is_choice=True, refused=1) for s in THREE], False),  # the same button each time
        ([*THREE, Step("")], True),  # a last page of results
    ],
)
def test_whether_a_page_tells_right_from_wrong(steps, told):
    assert tells_right(steps) is told


def test_one_step_is_the_page():
    only = join_steps([Step(page(1, "Why?", ["A", "B"], "A"))])
    assert "data-vwi" not in only
    assert "data-correct" not in only
    assert "<section>" not in only


def test_steps_without_a_difference_are_one():
    assert texts(join_steps([Step(THREE[0].html)] * 2), "h2") == ["What is a lever?"]


def test_text_in_an_element_that_changes_stays_in_it():
    joined = join_steps([Step(f"<body><main><h2>{q}</h2></main></body>") for q in ("One?", "Two?")])
    assert texts(joined, "section > h2") == ["One?", "Two?"]


@pytest.mark.parametrize(
    ("text", "told"),
    [("Question 3/41", True), ("-7%", True), ("3 of 20", True), ("Score: 12", True), ("12", True), ("3 + 4 = ?", False), ("Force", False)],
)
def test_status(text, told):
    assert is_status(text) is told
