"""Replies scored as lmms-eval will: numbers within DynaMath's tolerance, all else as the pipeline compares answers."""

import io

import pytest
from PIL import Image

from vwi_lake.evaluation.local_scoring import final_answer, is_right, number, on_white


@pytest.mark.parametrize(
    ("reply", "target", "answer_type", "right"),
    [
        ("The period is \\boxed{2.0944}.", "2.0944", "float", True),
        ("Answer: 2.0954", "2.0944", "float", True),
        ("Answer: 2.09", "2.0944", "float", False),  # rounder than the tolerance, though the pipeline would let it pass
        ("Answer: 2.0944 rad", "2.0944", "float", True),
        ("Answer: 2π/3", "2.0944", "float", True),
        ("Answer: −3", "-3.0", "float", True),
        ("Answer: 1,234.5", "1234.5", "float", True),
        ("It is 5 or so. Answer: 7", "5", "int", False),
        ("<think>3 or 4</think><answer>4</answer>", "4.0", "float", True),
        ("The answer is (B) No", "B", "multiple choice", True),
        ("Answer: A", "B", "multiple choice", False),
        ("Answer: $y = -3$", "y = -3", "text", True),
        ("Let us see.\nMay", "May", "text", True),
        ("I do not know.", "May", "text", False),
        ("", "May", "text", False),
        ("Answer:", "0", "float", False),
        ("nan", "nan", "float", True),  # words; no arithmetic with them
    ],
)
def test_is_right(reply, target, answer_type, right):
    assert is_right(reply, target, answer_type) is right


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("-.5", -0.5), ("$4.2$", 4.2), ("1e-3", 0.001), ("3/4", None), ("2π", None), ("x", None), ("5 m/s", 5)]
)
def test_number(text, value):
    assert number(text) == value


def test_final_answer_is_the_last_line_where_nothing_is_marked():
    assert final_answer("First " + "long " * 100 + "\nthen\n 42 \n") == "42"


def test_a_transparent_ground_is_white():
    drawn = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    drawn.putpixel((1, 0), (0, 0, 0, 255))
    data = io.BytesIO()
    drawn.save(data, "PNG")
    assert [on_white(data.getvalue()).getpixel((x, 0)) for x in (0, 1)] == [(255, 255, 255), (0, 0, 0)]
