"""What a run would cost its model calls, before it starts: what is pending now, counted; what follows from it, by shares seen so far."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from vwi_lake.lake import Lake, blobs_of
from vwi_lake.providers.ledger import Request
from vwi_lake.providers.llm import prices_of
from vwi_lake.providers.make import with_demo
from vwi_lake.providers.openai_llm import Asked
from vwi_lake.providers.spool import LLM_BOOK, Spool
from vwi_lake.records import BRONZE
from vwi_lake.rules import rules_of
from vwi_lake.settings import Settings
from vwi_lake.stages import STAGES, align_answers, check_qa, compare_answers, draft_answers
from vwi_lake.world import World

SAMPLE = 50  # rows of a stage whose prompts are written out and counted
_REPLY_TOKENS = {"extract_qa": 1500, "check_qa": 150, "draft_answers": 400, "compare_answers": 40, "align_answers": 60}
_PROMPT_TOKENS = {"extract_qa": 3000, "check_qa": 600, "draft_answers": 250, "compare_answers": 1800, "align_answers": 900}
# Until the lake knows better: rows of the next stage for each row of this one, and the share of them that needs a model.
_YIELD = {"extract_qa": 3.0, "check_qa": 0.9, "draft_answers": 1.0, "compare_answers": 0.6}
_ASKS = {"compare_answers": 0.4, "align_answers": 0.5}
SEEN = {
    "yields": """select
        (select avg(len(pairs)) from bronze.qa_extractions where extractor = 'llm') as extract_qa,
        (select avg(valid::int) from bronze.qa_checks) as check_qa,
        (select count(*) from bronze.answer_alignments) / nullif((select count(*) from bronze.answer_comparisons), 0) as compare_answers""",
    "asks": """select
        (select avg((compared_by = 'llm')::int) from bronze.answer_comparisons) as compare_answers,
        (select avg((aligned_by = 'llm')::int) from bronze.answer_alignments) as align_answers""",
    "replies": "select stage, avg(completion_tokens) as tokens from bronze.llm_calls where completion_tokens > 0 group by stage",
    "prompts": "select stage, avg(prompt_tokens) as tokens from bronze.llm_calls where prompt_tokens > 0 group by stage",
}


@dataclass(frozen=True)
class Line:
    stage: str
    model: str
    rows_pending: int
    rows_expected: int  # that earlier stages of the run would add
    calls: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None  # None: no price is known


def estimate(settings: Settings) -> pl.DataFrame:
    """One row per stage that asks a model, and their sum; an upper bound for drafts, where they are adaptive."""
    settings = with_demo(settings)
    lake = Lake.open(settings.lake, rules_of(settings), BRONZE)
    try:
        lines = _lines(lake, World(settings, blobs_of(settings.lake), llm=True))  # type: ignore[arg-type] # nobody is asked
    finally:
        lake.close()
    table = pl.DataFrame([asdict(line) for line in lines])
    sums = table.select(pl.lit("all").alias("stage"), pl.lit("").alias("model"), pl.exclude("stage", "model").sum())
    no_price = table["usd"].null_count() > 0
    return pl.concat([table, sums.with_columns(usd=pl.lit(None, pl.Float64) if no_price else pl.col("usd"))])


def _lines(lake: Lake, world: World) -> list[Line]:
    yields = _YIELD | _known(lake.query(SEEN["yields"]).row(0, named=True))
    asks = _ASKS | _known(lake.query(SEEN["asks"]).row(0, named=True))
    replies = _REPLY_TOKENS | dict(lake.query(SEEN["replies"]).iter_rows())
    prompts = _PROMPT_TOKENS | dict(lake.query(SEEN["prompts"]).iter_rows())
    lines, expected = [], 0.0
    for stage, write in WRITERS.items():
        rows = _pending(lake, stage, world)
        per_row = world.settings.llm.drafts if stage == "draft_answers" else 1
        now = sum(map(len, rows["samples"])) if stage == "draft_answers" and rows.height else rows.height
        sample = _sample(rows, write, world)
        calls = math.ceil((now * (1 - _share_bought(sample, world)) + expected * per_row) * asks.get(stage, 1.0))
        prompt = _prompt_tokens(sample) or prompts[stage]
        if stage == "draft_answers" and world.settings.llm.drafts_at_once:
            prompt /= per_row  # billed once for all of a question's drafts
        lines.append(_line(stage, world, rows.height, round(expected), (calls, prompt, replies[stage])))
        counted = 0 if stage == "check_qa" else rows.height  # an unchecked pair is among those to be drafted already
        expected = (counted + expected) * yields.get(stage, 1.0)
    return lines


def _line(stage: str, world: World, pending: int, expected: int, each: tuple[int, float, float]) -> Line:
    llm = world.settings.llm
    calls, prompt, reply = each
    price = prices_of(world.settings).of(llm.model_of(stage), datetime.now(UTC).date())
    prompts, replies = round(calls * prompt), round(calls * reply)
    share = llm.batch_price if stage in llm.batch else 1.0
    return Line(
        stage, llm.model_of(stage), pending, expected, calls, prompts, replies, price.usd(prompts, replies) * share if price else None
    )


def _pending(lake: Lake, stage: str, world: World) -> pl.DataFrame:
    lake.set(round=1, retried=None, **STAGES[stage].variables(world))
    rows = lake.pending(stage)
    return rows.filter(pl.col("extractor") == "llm") if stage == "extract_qa" else rows


def _sample(rows: pl.DataFrame, write: Callable[[Any, World], Request] | None, world: World) -> list[Request]:
    """Requests about some rows from all over the table; none where a prompt takes more than the row to write."""
    if rows.is_empty() or write is None:
        return []
    return [write(row, world) for row in rows.gather_every(max(1, rows.height // SAMPLE)).head(SAMPLE).to_dicts()]


def _prompt_tokens(sample: list[Request]) -> float | None:
    asked = [Asked(r.model, r.messages, max_tokens=0).tokens for r in sample]
    return sum(asked) / len(asked) if asked else None


def _share_bought(sample: list[Request], world: World) -> float:
    """Of requests that a killed run answered, or that are in a batch."""
    lake, path = world.settings.lake, Path(world.settings.lake.path) / LLM_BOOK
    if not sample or not (lake.catalog or path.exists()):
        return 0.0
    spool = Spool(path, lake)
    bought = sum(spool.has_bought(request.hash) for request in sample)
    spool.close()
    return bought / len(sample)


def _known(seen: dict[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in seen.items() if value is not None}


WRITERS: dict[str, Callable[[Any, World], Request] | None] = {
    "extract_qa": None,
    "check_qa": check_qa.request,
    "draft_answers": lambda row, world: draft_answers.request(row, 0, world),
    "compare_answers": compare_answers.request,
    "align_answers": align_answers.request,
}
