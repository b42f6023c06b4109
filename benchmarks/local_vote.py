"""Twenty questions drafted, compared, voted and aligned by a small real model: what the vote is worth where answers are known.

VWI_LOCAL_MODEL=model.gguf python benchmarks/local_vote.py     # see benchmarks/local_model.py; nothing happens without a model
"""

import json
import os
import tempfile
import time
from pathlib import Path

import polars as pl
from local_model import MODEL, is_there, serving

from vwi_lake.lake import Lake
from vwi_lake.qa.answers import same
from vwi_lake.run import Run, choose
from vwi_lake.settings import ExtractSettings, FetchSettings, LakeSettings, LlmSettings, SearchSettings, Settings

QUESTIONS = {
    "What is 7 plus 5?": "12",
    "What is 9 times 6?": "54",
    "What is 100 minus 37?": "63",
    "What is 81 divided by 9?": "9",
    "What is the square root of 144?": "12",
    "How many sides does a hexagon have?": "6",
    "What is the next prime number after 7?": "11",
    "How many degrees do the angles of a triangle add up to?": "180 degrees",
    "What is the chemical symbol of gold?": "Au",
    "What is the chemical formula of water?": "H2O",
    "How many protons does a carbon atom have?": "6",
    "What is the capital of France?": "Paris",
    "Which planet is closest to the Sun?": "Mercury",
    "At what temperature in degrees Celsius does water boil at sea level?": "100 °C",
    "What force pulls objects towards the Earth?": "gravity",
    "What gas do plants take in for photosynthesis?": "carbon dioxide",
    "How many seconds are in one hour?": "3600",
    "A car drives 60 km in 2 hours. What is its average speed?": "30 km/h",
    "A shirt costs 40 dollars and is reduced by 25 percent. What does it cost now?": "30 dollars",
    "What is the derivative of x^2?": "2x",
}
STAGES = ("draft_answers", "compare_answers", "align_answers")  # a small model judges no pair: it would reject most


def write_page(folder: Path) -> Path:
    site = folder / "web" / "questions.example"
    site.mkdir(parents=True)
    asked = [f"<h3>Problem {n}</h3><p>{q}</p><h4>Solution</h4><p>{a}</p>" for n, (q, a) in enumerate(QUESTIONS.items(), start=1)]
    (site / "sheet.html").write_text(f"<html><title>Twenty questions</title><body>{''.join(asked)}</body></html>")
    return folder / "web"


def vote(folder: Path, url: str) -> None:
    os.environ |= {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-none"}
    settings = Settings(
        lake=LakeSettings(path=str(folder / "lake")),
        web=(str(write_page(folder)),),
        search=SearchSettings(provider="all"),
        fetch=FetchSettings(browser=False),
        extract=ExtractSettings(extractors=("markup",)),
        llm=LlmSettings(model="local", in_flight=2, timeout_s=300, seed=1, reply_tokens=dict.fromkeys(STAGES, 60)),
        processes=1,
    )
    with Run(settings, [stage for stage in choose() if stage.name != "check_qa"]) as run:
        for stage in run.stages:
            started, n = time.monotonic(), 0
            for rows in run.pending(stage):
                run.ask(stage, rows)
                n += len(rows)
            if stage.name in STAGES:
                print(f"{stage.name}: {n} rows in {time.monotonic() - started:.0f} s", flush=True)
        run.finish()


def report(folder: Path) -> None:
    lake = Lake.read(LakeSettings(path=str(folder / "lake")))
    calls = lake.query("select stage, outcome, form, count(*) as calls, round(avg(latency_s), 1) as s from bronze.llm_calls group by all")
    print(calls.sort("stage", "outcome"))
    print(
        lake.query(
            "select stage, table_name, rows_in, kept, rejected_because, rows from gold.stage_yields where table_name like 'silver.a%'"
        )
    )
    drafts = lake.query(
        "select question, short_answer from bronze.answer_drafts join silver.qa_candidates using (qa_id) where short_answer is not null"
    )
    votes = lake.query(
        "select question, v.short_answer, n_agreeing, n_drafts, compared_by, v.rejected_because"
        " from verdicts.answers as v join silver.qa_candidates using (qa_id)"
    )
    print(json.dumps({"drafts": drafts.height, "right": share_right(drafts), "voted": votes.height}))
    for agreeing, of_them in (
        votes.filter(pl.col("n_agreeing").is_not_null()).sort("n_agreeing").group_by("n_agreeing", maintain_order=True)
    ):
        print(json.dumps({"agreeing": agreeing[0], "questions": of_them.height, "right": share_right(of_them)}))
    print(lake.query("select votes, is_kept, pairs, agreeing, differing, undecided, precision, precision_low, precision_high"
                     " from gold.vote_quality where subject is null and is_visual is null"))  # fmt: skip
    lake.close()


def share_right(answers: pl.DataFrame) -> str:
    right = sum(same(QUESTIONS[q.strip()], a or "") is True for q, a in answers.select("question", "short_answer").iter_rows())
    return f"{right} of {answers.height}"


def main() -> None:
    if not is_there():
        print(f"no model: {MODEL} names no GGUF file")
        return
    with tempfile.TemporaryDirectory() as name, serving(at_once=2) as url:
        vote(Path(name), url)
        report(Path(name))


if __name__ == "__main__":
    main()
