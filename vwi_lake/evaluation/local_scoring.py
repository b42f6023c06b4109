"""How lmms-eval asks and scores a task of ours that comes from files: copied beside its YAML as utils.py."""

import io
import re
from typing import Any

from PIL import Image

from vwi_lake.qa.answers import same
from vwi_lake.qa.final_answers import short_answer

CLOSING = 'Please conclude your response with the final answer in the form "Answer: …".'
NUMERIC = ("float", "int", "integer", "number", "single answer")
TOLERANCE = 0.001 + 1e-9  # DynaMath's own, absolute
_TAGGED = re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"[-+−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?|[-+−]?\.\d+", re.IGNORECASE)


def doc_to_visual(doc: dict[str, Any]) -> list[Image.Image]:
    return [on_white(image["bytes"]) for image in doc["images"] or []]


def on_white(data: bytes) -> Image.Image:
    """As it is shown: black lines on a transparent ground would else be black on black."""
    with Image.open(io.BytesIO(data)) as image:
        if not image.has_transparency_data:
            return image.convert("RGB")
        ground = Image.new("RGBA", image.size, "white")
        ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def doc_to_text(doc: dict[str, Any], lmms_eval_specific_kwargs: Any = None) -> str:
    return doc["question"] if CLOSING in doc["question"] else f"{doc['question']}\n\n{CLOSING}"


def process_results(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    return {"accuracy": float(is_right(results[0], doc["target"], doc["answer_type"]))}


def is_right(reply: str, target: str, answer_type: str | None) -> bool:
    """Numbers within DynaMath's tolerance, all else as the pipeline compares answers; what cannot be told is wrong."""
    answer = final_answer(reply)
    if answer_type in NUMERIC and (wanted := number(target)) is not None and (given := number(answer)) is not None:
        return abs(given - wanted) <= TOLERANCE
    return same(answer, target) is True


def final_answer(reply: str) -> str:
    """What the reply marks as its answer; else its last line."""
    if tagged := _TAGGED.findall(reply):
        reply = f"Answer: {tagged[-1].strip()}" if "\\boxed" not in tagged[-1] else tagged[-1]
    lines = [line.strip() for line in reply.strip().splitlines() if line.strip()]
    return short_answer(reply) or (lines[-1] if lines else "")


def number(text: str) -> float | None:
    """The number that an answer is, its unit aside; None for anything longer, such as 3/4 or 2π."""
    found = _NUMBER.match(text.strip().strip("$").strip())
    rest = text.strip().strip("$").strip()[found.end() :] if found else ""
    if not found or re.match(r"\s*[-+*/^×·πe\\\d(]", rest):
        return None
    return float(found[0].replace(",", "").replace("−", "-"))
