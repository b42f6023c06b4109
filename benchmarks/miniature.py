"""The paper's claim in miniature: does a model learn from what the lake mined, and does it matter that the answers are right?

A tiny LLaVA-OneVision of random weights is trained on pairs drawn here (geometry, charts, circuits), which pass through the lake as
saved pages, and asked about other drawings: in the styles it saw, and in a style it never saw. Against it: the base, the same pairs with
shuffled answers, and with 30 % wrong ones. It shows that the pipeline carries signal; it says nothing of MMMU.

    python benchmarks/miniature.py mine FOLDER                                     # pages → vwi run → vwi export
    PYTHONPATH=. .venv-train/bin/python benchmarks/miniature.py learn FOLDER --seed 1         # train, ask; also seeds 2 and 3
    PYTHONPATH=. .venv-train/bin/python benchmarks/miniature.py compare FOLDER                # the table
"""

import argparse
import json
import math
import random
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

MIX = "mix/alone.jsonl"
SIDE = 160  # pixels
SITES, PER_PAGE = 30, 30
ARMS = ("trained", "30 % wrong", "shuffled")
COLOURS = {"red": "#d0342c", "green": "#2e9e4f", "blue": "#2862c8"}
PAPERS = ["#ffffff", "#f6f2e8", "#e8eef6"]
HELD_OUT_PAPER = "#d9d9c0"


class Pair(NamedTuple):
    kind: str
    question: str
    answer: str
    picture: Image.Image


def sheet(chance: random.Random, held_out: bool) -> tuple[Image.Image, ImageDraw.ImageDraw, int]:
    """Empty paper and the width of the pen: the held-out style has its own of both."""
    image = Image.new("RGB", (SIDE, SIDE), HELD_OUT_PAPER if held_out else chance.choice(PAPERS))
    return image, ImageDraw.Draw(image), 10 if held_out else chance.choice([3, 5, 7])


def ink(chance: random.Random) -> tuple[int, int, int]:
    return chance.randint(0, 110), chance.randint(0, 110), chance.randint(0, 110)


def geometry(chance: random.Random, held_out: bool) -> Pair:
    image, pen, width = sheet(chance, held_out)
    corners = chance.choice([0, 3, 4])
    r, x, y = chance.randint(48, 66), chance.randint(74, 86), chance.randint(74, 86)
    fill, outline = ink(chance), ink(chance)
    if corners:
        turn = chance.uniform(-0.1, 0.1) + (-math.pi / 2 if corners == 3 else math.pi / 4)
        angles = [turn + 2 * math.pi * i / corners for i in range(corners)]
        points = [(x + r * math.cos(angle), y + r * math.sin(angle)) for angle in angles]
        pen.polygon(points, fill=fill, outline=outline, width=width)
    else:
        pen.ellipse((x - r, y - r, x + r, y + r), fill=fill, outline=outline, width=width)
    question = chance.choice(["which shape is drawn?", "name the shape."])
    return Pair("geometry", numbered(chance, question), {0: "circle", 3: "triangle", 4: "square"}[corners], image)


def chart(chance: random.Random, held_out: bool) -> Pair:
    image, pen, width = sheet(chance, held_out)
    names = chance.sample(list(COLOURS), 3)
    heights = [chance.randint(20, 70) for _ in names]
    tallest = chance.randrange(3)
    heights[tallest] = chance.randint(100, 130)
    across = 24 if held_out else chance.randint(30, 38)
    for i, (name, height) in enumerate(zip(names, heights, strict=True)):
        left = 16 + 46 * i
        pen.rectangle((left, 148 - height, left + across, 148), fill=COLOURS[name])
    pen.line((8, 150, 152, 150), fill=ink(chance), width=width)
    question = chance.choice(["which bar is the tallest?", "what colour has the highest bar?"])
    return Pair("chart", numbered(chance, question), names[tallest], image)


def circuit(chance: random.Random, held_out: bool) -> Pair:
    image, pen, width = sheet(chance, held_out)
    colour, parallel = ink(chance), chance.random() < 0.5
    top, bottom, left, right = chance.randint(20, 32), chance.randint(126, 138), chance.randint(16, 26), chance.randint(134, 144)
    pen.rectangle((left, top, right, bottom), outline=colour, width=width)
    middle = (top + bottom) // 2
    boxes = [((left + right) // 2, y) for y in (top, middle)] if parallel else [(left + (right - left) * k // 3, top) for k in (1, 2)]
    if parallel:
        pen.line((left, middle, right, middle), fill=colour, width=width)
    for x, y in boxes:
        pen.rectangle((x - 17, y - 12, x + 17, y + 12), fill="white", outline=colour, width=width)
    question = chance.choice(["how are the resistors connected?", "in series or in parallel?"])
    return Pair("circuit", numbered(chance, question), "parallel" if parallel else "series", image)


def numbered(chance: random.Random, question: str) -> str:
    """As in a book: else the lake takes two questions of one wording and like drawings for one."""
    return f"Figure {chance.randint(1, 9999)}: {question}"


KINDS: list[Callable[[random.Random, bool], Pair]] = [geometry, chart, circuit]


def draw(seed: int, held_out: bool = False) -> Pair:
    """One of the kinds in turn; the same seed draws the same."""
    return KINDS[seed % len(KINDS)](random.Random(f"{held_out}-{seed}"), held_out)


# -- through the lake --------------------------------------------------------------------------------------------------------------------


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Problem sheet</title></head>
<body><main><h1>Problem sheet</h1>{body}</main></body></html>"""
EXERCISE = """<h2>Exercise {number}</h2><p>{question}</p><p><img src="figure{number}.png" alt="figure" width="160" height="160"></p>
<details><summary>Solution</summary><p>{answer}</p></details>"""


def write_pages(web: Path) -> int:
    """Problem sheets of several sites, as courses publish them; returns the number of pairs."""
    for site in range(SITES):
        folder = web / f"course{site}.example"
        folder.mkdir(parents=True, exist_ok=True)
        body = []
        for number in range(PER_PAGE):
            pair = draw(site * PER_PAGE + number)
            pair.picture.save(folder / f"figure{number}.png")
            body.append(EXERCISE.format(number=number, question=pair.question, answer=pair.answer))
        (folder / "index.html").write_text(PAGE.format(body="\n".join(body)))
    return SITES * PER_PAGE


def mine(folder: Path) -> None:
    drawn = write_pages(folder / "web")
    lake, mix = str(folder / "lake"), str(folder / "mix")
    vwi = [sys.executable, "-m", "vwi_lake"]
    subprocess.run([*vwi, "run", "--web", str(folder / "web"), "--search", "all", "--lake", lake], check=True)
    subprocess.run([*vwi, "export", "--mix", "alone", "--lake", lake, "--to", mix], check=True)
    print(f"{drawn} pairs drawn, {len((folder / MIX).read_text().splitlines())} in the mix")


# -- learning ----------------------------------------------------------------------------------------------------------------------------


def spoil(samples: list[dict[str, Any]], arm: str, seed: int) -> list[dict[str, Any]]:
    """Answers shuffled among all samples of one question, or wrong ones put in for 30 %."""
    chance = random.Random(seed)
    by_question: dict[str, list[int]] = {}
    for i, sample in enumerate(samples):
        by_question.setdefault(re.sub(r"\d+", "", sample["conversations"][0]["value"]), []).append(i)
    spoilt = json.loads(json.dumps(samples))
    for places in by_question.values():
        answers = [samples[i]["conversations"][1]["value"] for i in places]
        if arm == "shuffled":
            chance.shuffle(answers)
        if arm == "30 % wrong":
            others = sorted(set(answers))
            answers = [chance.choice([o for o in others if o != a] or [a]) if chance.random() < 0.3 else a for a in answers]
        for i, answer in zip(places, answers, strict=True):
            spoilt[i]["conversations"][1]["value"] = answer
    return spoilt


def learn(folder: Path, count: int, recipe: Path, seed: int) -> None:
    """Train each arm with one seed, and ask all of them the same questions."""
    from vwi_lake.training.run import main

    samples = [json.loads(line) for line in (folder / MIX).read_text().splitlines()]
    right = {"base": asked_base(recipe, seed, count)}
    for arm in ARMS:
        label = f"{arm.replace(' %', '').replace(' ', '-')}-{seed}"
        data, run = folder / "mix" / f"arm-{label}.json", folder / "runs" / label
        data.write_text(json.dumps(spoil(samples, arm, seed)))
        assert main(["--recipe", str(recipe), "--data", str(data), "--to", str(run), "--seed", str(seed)]) == 0
        right[arm] = asked(run / "model", count)
    (folder / f"answers-{seed}.json").write_text(json.dumps(right))


def compare(folder: Path) -> None:
    """One table over all seeds."""
    together: dict[str, Scores] = {}
    for path in sorted(folder.glob("answers-*.json")):
        for arm, scores in json.loads(path.read_text()).items():
            for test, values in scores.items():
                together.setdefault(arm, {}).setdefault(test, []).extend(values)
    print(table(together))


Scores = dict[str, list[float]]


def asked(model: Path, count: int) -> Scores:
    from vwi_lake.training.answer import load_answerer

    return ask(load_answerer(str(model)), count)


def asked_base(recipe: Path, seed: int, count: int) -> Scores:
    from vwi_lake.training.answer import Answerer
    from vwi_lake.training.models import start_from
    from vwi_lake.training.recipe import load

    start = start_from(load(str(recipe), seed=seed))
    return ask(Answerer(start.model.eval(), start.encoder), count)


def ask(answerer: Any, count: int) -> Scores:
    """Right (1) or not (0) for each of `count` drawings that no training saw, in the styles seen and in the held-out one."""
    answerer.system = ""
    scores: Scores = {}
    for test, held_out in (("seen styles", False), ("held-out style", True)):
        pairs = [draw(1_000_000 + i, held_out) for i in range(count)]
        for i in range(0, count, 30):
            some = pairs[i : i + 30]
            answers = answerer.answer([(p.question, [p.picture]) for p in some], 14)
            scores.setdefault(test, []).extend(float(p.answer == a) for p, a in zip(some, answers, strict=True))
    return scores


def table(right: dict[str, Scores]) -> str:
    """Shares of right answers with 95 % bootstrap intervals, and each arm against `trained`, question by question."""
    lines = ["| test | arm | right | 95 % | trained − arm | 95 % | p | n |", "|---|---|---|---|---|---|---|---|"]
    for test in ("seen styles", "held-out style"):
        for arm in ("base", "shuffled", "30 % wrong", "trained"):
            ours, its = right["trained"][test], right[arm][test]
            mean, low, high, _ = bootstrap(its)
            differs, below, above, p = bootstrap([a - b for a, b in zip(ours, its, strict=True)])
            compared = f"{differs:+.3f} | {below:+.3f} to {above:+.3f} | {p:.4f}" if arm != "trained" else " | | "
            lines.append(f"| {test} | {arm} | {mean:.3f} | {low:.3f} to {high:.3f} | {compared} | {len(its)} |")
    return "\n".join(lines)


def bootstrap(values: list[float], rounds: int = 4000) -> tuple[float, float, float, float]:
    """Mean, 2.5th and 97.5th percentile of the means of samples with replacement, and the two-sided p of a mean of 0."""
    chance = random.Random(zlib.crc32(repr(values).encode()))
    means = sorted(sum(chance.choices(values, k=len(values))) / len(values) for _ in range(rounds))
    beyond = min(sum(m <= 0 for m in means), sum(m >= 0 for m in means))
    return sum(values) / len(values), means[rounds // 40], means[-rounds // 40], min(1.0, 2 * (beyond + 1) / (rounds + 1))


def main_() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("what", choices=["mine", "learn", "compare"])
    told.add_argument("folder", type=Path)
    told.add_argument("--questions", type=int, default=150, help="of each test")
    told.add_argument("--seed", type=int, default=1, help="of weights, order and spoilt answers")
    told.add_argument("--recipe", type=Path, default=Path(__file__).with_suffix(".toml"))
    wanted = told.parse_args()
    if wanted.what == "mine":
        mine(wanted.folder)
    elif wanted.what == "learn":
        learn(wanted.folder, wanted.questions, wanted.recipe, wanted.seed)
    else:
        compare(wanted.folder)


if __name__ == "__main__":
    main_()
