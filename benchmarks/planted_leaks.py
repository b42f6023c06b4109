"""How many planted benchmark items sql/silver/clean_pairs.sql finds among pairs, and how many pairs it takes that give nothing away.

python benchmarks/planted_leaks.py pairs.jsonl ../shared/benchmarks/dynamath

500 pairs as given (a line a pair: question, solution, images as perceptual hashes of 16 hex digits) and 150 leaks: 50 questions of the
benchmark with other numbers and another opening, 50 that keep no more than a formula and the answer, 50 with a picture of it, encoded anew.
"""

import argparse
import io
import json
import random
import re
from collections import Counter
from pathlib import Path

import polars as pl
from PIL import Image
from planted_copies import FILES, SYNONYMS

from vwi_lake.columns import columns_of
from vwi_lake.providers.benchmark_files import Item, files_of, positions, read_item
from vwi_lake.rules import Rules
from vwi_lake.scratch import build, put, scratch
from vwi_lake.stages import PIPELINE
from vwi_lake.stages.load_benchmarks import BenchmarkItem
from vwi_lake.web.images import normalize

FORMULA = re.compile(r"[^\s,;:?!]*[0-9][^\s,;:?!]*")


def renumbered(item: Item, chance: random.Random) -> str:
    text = re.sub(r"\d+", lambda _: str(chance.randint(2, 99)), item.question or "")
    return chance.choice(["", "Exercise. ", "Look at this: "]) + text


def formula_of(item: Item) -> str | None:
    """The longest of a question's formulas that is told by more than a sign or two."""
    found = [
        f
        for f in FORMULA.findall(re.sub(r"\s*([-+*/^=<>])\s*", r"\1", item.question or ""))
        if len(f) >= 6 and len(re.findall(r"[-+*/^=<>]", f)) > 1
    ]
    return max(found, key=len, default=None)


def encoded_anew(data: bytes, chance: random.Random) -> tuple[str, float]:
    """Perceptual hash and shape after scaling and JPEG."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    scale = chance.uniform(0.5, 0.9)
    buffer = io.BytesIO()
    image.resize((round(image.width * scale), round(image.height * scale))).save(buffer, "JPEG", quality=chance.randint(40, 90))
    made = normalize(buffer.getvalue())
    return made.phash, made.width / made.height


def plant(given: list[dict], items: list[Item], chance: random.Random) -> list[dict]:
    pairs = [{**pair, "qa_id": f"clean-{n}", "kind": "clean"} for n, pair in enumerate(chance.sample(given, min(500, len(given))))]
    asked = [item for item in items if len(re.findall(r"[^\W\d_]+", item.question or "")) >= 5]
    for n, item in enumerate(chance.sample(asked, 50)):
        pairs.append({"qa_id": f"question-{n}", "kind": "question", "question": renumbered(item, chance), "solution": "x", "images": []})
    with_formula = [item for item in items if formula_of(item) and item.answer]
    for n, item in enumerate(chance.sample(with_formula, min(50, len(with_formula)))):
        words = f"{chance.choice(list(SYNONYMS))} what comes of $ {formula_of(item)} $ here"
        pairs.append({"qa_id": f"formula-{n}", "kind": "formula", "question": words, "solution": item.answer, "images": []})
    for n, item in enumerate(chance.sample([item for item in items if item.images], 50)):
        known = {"qa_id": f"image-{n}", "kind": "image", "question": f"Which of these holds in case {n}?", "solution": "x"}
        phash, shape = encoded_anew(item.images[0], chance)
        pairs.append(known | {"images": [phash], "shape": shape})
    return pairs


def rows_of(items: list[Item]) -> pl.DataFrame:
    hashed = [[normalize(data) for data in item.images] for item in items]
    rows = [
        {
            "benchmark": "b", "source": "f", "position": n, "fingerprint": "1",
            "item_id": item.item_id, "question": item.question, "answer": item.answer,
            "images": [{"sha256": f"{n}", "phash": image.phash, "shape": image.width / image.height} for image in images],
        }
        for n, (item, images) in enumerate(zip(items, hashed, strict=True))
    ]  # fmt: skip
    assert set(rows[0]) <= columns_of(BenchmarkItem).keys()
    return pl.DataFrame(rows, infer_schema_length=None)


def judge(pairs: list[dict], items: list[Item], shapes: dict[str, float]) -> dict[str, str | None]:
    connection = scratch(Rules(), dict.fromkeys(r for stage in PIPELINE for r in stage.records))
    files = [[{"sha256": image, "format": "png"} for image in pair["images"]] for pair in pairs]
    rows = [{"qa_id": pair["qa_id"], "question": pair["question"], "question_files": f} for pair, f in zip(pairs, files, strict=True)]
    answers = [{"qa_id": pair["qa_id"], "answer": pair["solution"], "short_answer": pair["solution"]} for pair in pairs]
    images = [
        {"image_url": i, "sha256": i, "phash": i, "width": shapes.get(i, 1.0), "height": 1.0} for pair in pairs for i in pair["images"]
    ]
    asked = pl.DataFrame(rows, schema_overrides={"question_files": FILES})
    put(connection, "silver.qa_pairs", asked)
    put(connection, "silver.qa_candidates", asked.with_columns(solution=pl.lit(None, pl.String), short_solution=pl.lit(None, pl.String)))
    put(connection, "silver.aligned_answers", pl.DataFrame(answers))
    put(connection, "silver.unique_pairs", pl.DataFrame({"qa_id": [pair["qa_id"] for pair in pairs]}))
    put(connection, "silver.images", pl.DataFrame(images))
    put(connection, "bronze.benchmark_items", rows_of(items))
    given = dict.fromkeys(("silver.qa_pairs", "silver.qa_candidates", "silver.aligned_answers", "silver.unique_pairs", "silver.images"))
    return {row["qa_id"]: row["rejected_because"] for row in build(connection, Rules(), "silver.clean_pairs", given).to_dicts()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("benchmark", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    given = [{"images": [], **json.loads(line)} for line in asked.pairs.read_text(encoding="utf-8").splitlines()]
    items = [read_item(path, n) for path in files_of(asked.benchmark) for n in positions(path)]
    pairs = plant(given, items, random.Random(asked.seed))
    said = judge(pairs, items, {i: p["shape"] for p in pairs if "shape" in p for i in p["images"]})
    planted, found = Counter(pair["kind"] for pair in pairs), Counter(pair["kind"] for pair in pairs if said[pair["qa_id"]])
    print("| planted | pairs | rejected |\n|---|---|---|")
    for kind, n in planted.items():
        print(f"| {kind} | {n} | {found[kind] / n:.3f} |")
    for pair in pairs:
        if (pair["kind"] == "clean") == bool(said[pair["qa_id"]]):
            print(pair["kind"], said[pair["qa_id"]] or "missed:", repr(pair["question"][:160]), pair["solution"][:40])


if __name__ == "__main__":
    main()
