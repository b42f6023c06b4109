"""How many planted copies sql/silver/unique_pairs.sql finds, and how many pairs it takes that were none.

python benchmarks/planted_copies.py pairs.jsonl     # a line a pair: question, solution, images (16 hex digits each: perceptual hashes)

1,000 pairs: 500 as given, 200 exact copies (other case, spaces, punctuation), 200 reworded ones, 100 with nearly the same picture.
"""

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl

from vwi_lake.rules import Rules
from vwi_lake.scratch import build, put, scratch
from vwi_lake.stages import PIPELINE

SYNONYMS = {
    "find": "determine", "calculate": "compute", "determine": "find", "compute": "work out", "explain": "describe", "describe": "explain",
    "show": "prove", "prove": "show", "write": "give", "which": "what", "following": "below", "use": "apply", "using": "with",
    "how many": "what number of", "what is": "what's", "what are": "name", "list": "name", "draw": "sketch", "because": "since",
    "large": "big", "small": "little", "begin": "start", "show that": "prove that", "true": "correct", "function": "mapping",
    "number": "count", "value": "figure", "each": "every", "all": "every one of", "must": "has to", "can": "is able to",
}  # fmt: skip
FILES = pl.List(pl.Struct({"sha256": pl.String, "format": pl.String}))


def spelled_otherwise(text: str, chance: random.Random) -> str:
    text = chance.choice([str.upper, str.lower, str])(text)
    return re.sub(r"\s+", lambda _: chance.choice([" ", "  ", "\n"]), text).rstrip(".?!: ") + chance.choice(["", ".", "?", " :", " …"])


def reworded(text: str, chance: random.Random) -> str:
    """Two or three edits of the kind that people make who retell an exercise."""
    before = text
    for edit in chance.sample(EDITS, len(EDITS)):
        text = edit(text, chance)
        if _distance(before, text) >= chance.choice([2, 3]):
            break
    return text


def _distance(one: str, other: str) -> int:
    left, right = Counter(one.lower().split()), Counter(other.lower().split())
    return max(sum((left - right).values()), sum((right - left).values()))


def _synonym(text: str, chance: random.Random) -> str:
    present = [word for word in SYNONYMS if re.search(rf"\b{word}\b", text, re.IGNORECASE)]
    for word in chance.sample(present, min(2, len(present))):
        text = re.sub(rf"\b{word}\b", SYNONYMS[word], text, count=1, flags=re.IGNORECASE)
    return text


def _opening(text: str, chance: random.Random) -> str:
    return chance.choice(["Please ", "Try this: ", "Consider: ", "Question. ", "Can you tell: "]) + text


def _articles(text: str, _: random.Random) -> str:
    return re.sub(r"\b(the|a|an|der|die|das|el|la|los) ", "", text, count=2, flags=re.IGNORECASE)


def _typo(text: str, chance: random.Random) -> str:
    words = list(re.finditer(r"[^\W\d_]{6,}", text))
    if not words:
        return text
    at = chance.choice(words).start() + chance.randint(1, 4)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _clauses(text: str, _: random.Random) -> str:
    first, comma, rest = text.partition(", ")
    return f"{rest.rstrip('.?')}, {first}" if comma and len(rest) > 15 else text


EDITS: list[Callable[[str, random.Random], str]] = [_synonym, _opening, _articles, _typo, _clauses]


def plant(given: list[dict], chance: random.Random) -> list[dict]:
    """Pairs with `kind` and, for copies, `of`."""
    chance.shuffle(given)
    kept = [{**pair, "qa_id": f"kept-{n}", "kind": "kept"} for n, pair in enumerate(given[:500])]
    visual = [pair for pair in kept if pair["images"]] or kept
    copies = []
    for kind, n, edit, pool in (
        ("exact", 200, spelled_otherwise, kept),
        ("reworded", 200, reworded, kept),
        ("picture", 100, lambda q, _: q, visual),
    ):
        for number, pair in enumerate(chance.choices(pool, k=n) if len(pool) < n else chance.sample(pool, n)):
            images = [nearly(image, chance) for image in pair["images"]] if kind == "picture" else pair["images"]
            copies.append({**pair, "qa_id": f"{kind}-{number}", "kind": kind, "question": edit(pair["question"], chance), "images": images})
    return kept + copies


def nearly(phash: str, chance: random.Random) -> str:
    """A hash as recompression leaves it: up to four bits differ."""
    bits = int(phash, 16)
    for place in chance.sample(range(64), chance.randint(1, 4)):
        bits ^= 1 << place
    return f"{bits:016x}"


def judge(pairs: list[dict]) -> dict[str, tuple[str | None, str | None]]:
    """qa_id → reason and the pair kept instead."""
    connection = scratch(Rules(), dict.fromkeys(r for stage in PIPELINE for r in stage.records))
    files = [[{"sha256": image, "format": "png"} for image in pair["images"]] for pair in pairs]
    rows = [
        {"qa_id": p["qa_id"], "question": p["question"], "solution": p["solution"], "question_files": f}
        for p, f in zip(pairs, files, strict=True)
    ]
    answers = [{"qa_id": p["qa_id"], "answer": p["solution"], "short_answer": None, "n_agreeing": None, "n_drafts": None} for p in pairs]
    images = sorted({image for pair in pairs for image in pair["images"]}) or ["0" * 16]
    put(connection, "silver.qa_pairs", pl.DataFrame(rows, schema_overrides={"question_files": FILES}))
    put(
        connection,
        "silver.aligned_answers",
        pl.DataFrame(answers, schema_overrides={"short_answer": pl.String, "n_agreeing": pl.Int64, "n_drafts": pl.Int64}),
    )
    put(connection, "silver.images", pl.DataFrame({"image_url": images, "sha256": images, "phash": images}))
    given = {"silver.qa_pairs": 1, "silver.aligned_answers": 1, "silver.images": 1}
    return {
        row["qa_id"]: (row["rejected_because"], row["duplicate_of"])
        for row in build(connection, Rules(), "silver.unique_pairs", given).to_dicts()
    }


ORDER = ["kept", "exact", "picture", "reworded"]


def report(pairs: list[dict], said: dict[str, tuple[str | None, str | None]]) -> None:
    """Of a family one should be left: those beyond it were missed, the plainest counted as found; a family with none left is lost."""
    families: dict[int, list[dict]] = {}
    for pair in pairs:
        families.setdefault(pair["page"], []).append(pair)
    left = [
        sorted((m for m in family if said[m["qa_id"]][0] is None), key=lambda m: ORDER.index(m["kind"])) for family in families.values()
    ]
    missed, planted = Counter(m["kind"] for family in left for m in family[1:]), Counter(pair["kind"] for pair in pairs)
    for kind in ORDER[1:]:
        print(f"| {kind} | {planted[kind]} | {1 - missed[kind] / max(1, planted[kind]):.3f} |")
    lost = sum(not family for family in left)
    print(f"| none | {planted['kept']} | {lost / planted['kept']:.3f} falsely removed |\n")
    for family in left:
        if len(family) > 1:
            print("missed:", *(repr(member["question"][:150]) for member in family), sep="\n   ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    given = [json.loads(line) for line in asked.pairs.read_text(encoding="utf-8").splitlines()]
    given = [{"page": n, "images": [], **pair} for n, pair in enumerate(given) if len(pair["question"]) >= 15]
    pairs = plant(given, random.Random(asked.seed))
    print("| planted | pairs | recall |\n|---|---|---|")
    report(pairs, judge(pairs))


if __name__ == "__main__":
    main()
