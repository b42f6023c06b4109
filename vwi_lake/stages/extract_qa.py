"""Which questions does the page ask, with which images, and which solutions does it give?"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from vwi_lake import qa, web
from vwi_lake.columns import Record
from vwi_lake.prompts import prompt
from vwi_lake.providers.ledger import LlmCall, Request
from vwi_lake.qa.answers import short_answer
from vwi_lake.qa.markup import extract
from vwi_lake.qa.schema_org import json_ld_scripts
from vwi_lake.stage import Row, Stage
from vwi_lake.stages.build_trees import code_hash, read_html, short_url
from vwi_lake.stages.messages import consult
from vwi_lake.web.trees import Tree, TreeTooComplex, build_tree
from vwi_lake.world import World


@dataclass(frozen=True)
class PairRow:
    """One pair as the page has it; image lists are absolute URLs, data: URLs by their hash."""

    question: str
    solution: str | None
    question_images: list[str]
    solution_images: list[str]
    choices: list[str]
    short_solution: str | None  # the final result, where the solution states one
    cue: str  # by what it was found
    on_page: float  # share of the question's words that the page holds
    first_node: int | None  # span of the question in the tree's document order
    last_node: int | None


@dataclass(frozen=True, kw_only=True)
class QaExtraction(Record):
    """bronze.qa_extractions: one row per page and extractor (and version of either)."""

    TABLE: ClassVar[str] = "qa_extractions"

    url: str
    body_sha: str
    extractor: str  # markup | llm
    version: str  # of the extractor: its code's hash, or model and prompt hash
    pairs: list[PairRow] | None = None
    error: str | None = None


SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["pairs"],
    "properties": {
        "pairs": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["question", "question_images", "solution", "solution_images"],
                "properties": {
                    "question": {"type": "string"},
                    "question_images": {"type": "array", "items": {"type": "integer"}},
                    "solution": {"type": ["string", "null"]},
                    "solution_images": {"type": "array", "items": {"type": "integer"}},
                },
            },
        }
    },
}


async def ask(row: Row, world: World) -> list[Record]:
    """The markup extractor computes in a worker process; the model is asked through the ledger."""
    if row["extractor"] == "markup":
        assert world.compute is not None
        return await world.compute(STAGE, row)
    return await ask_model(row, world)


def compute(row: Row, world: World) -> list[Record]:
    """Read the pairs that the page's structure marks."""
    known = {k: row[k] for k in STAGE.key}
    html = read_html(row, world)
    try:
        tree = build_tree(html, row["final_url"] or row["url"])
    except TreeTooComplex:
        return [QaExtraction(**known, error="too_complex")]
    pairs = extract(tree, json_ld_scripts(html))
    return [QaExtraction(**known, pairs=[_pair(vars_of(p), 1.0) for p in pairs])]


def vars_of(pair: Any) -> Row:
    found = {name: getattr(pair, name) for name in ("question", "solution", "question_images", "solution_images", "choices", "cue")}
    return found | {"first_node": pair.start, "last_node": pair.end}


def _pair(found: Row, on_page: float) -> PairRow:
    images = {k: [short_url(u) for u in found[k]] for k in ("question_images", "solution_images")}
    short = short_answer(found["solution"]) if found["solution"] else None
    return PairRow(**(found | images), short_solution=short, on_page=on_page)


async def ask_model(row: Row, world: World) -> list[Record]:
    """Ask the model for the pairs of one page; image numbers become URLs, and each question is looked up on the page."""
    assert world.llm is not None
    known = {k: row[k] for k in STAGE.key}
    try:
        tree = build_tree(read_html(row, world), row["final_url"] or row["url"])
    except TreeTooComplex:
        return [QaExtraction(**known, error="too_complex")]
    document = tree.document(world.settings.extract.max_tokens)
    told = await consult(request(row["url"], tree.title or "", document, world), world)
    if told.error:
        return told.rows(QaExtraction(**known, error=told.error))
    return told.rows(QaExtraction(**known, pairs=[quoted(p, tree, document) for p in told.value["pairs"]]))


def request(url: str, title: str, document: str, world: World) -> Request:
    asked = prompt("extract_qa")
    content = asked.fill(title=title, document=document)
    model = world.settings.llm.model_of("extract_qa")
    return Request("extract_qa", url, model, asked.hash, [{"role": "user", "content": content}], SCHEMA, max_tokens=16_000)


def quoted(pair: Row, tree: Tree, document: str) -> PairRow:
    """One pair of the model's reply; a number that names no image of the page is left out."""
    numbered = {k: [tree.images[n - 1].url for n in pair[k] if 0 < n <= len(tree.images)] for k in ("question_images", "solution_images")}
    found = pair | numbered | {"choices": [], "cue": "llm", "first_node": None, "last_node": None}
    return _pair(found, share_on_page(pair["question"], document))


WORD = re.compile(r"\w+")


def share_on_page(question: str, document: str) -> float:
    """Share of the question's words that the document holds, counted with repetition; 0 for a question without words."""
    asked, there = Counter(WORD.findall(question.lower())), Counter(WORD.findall(document.lower()))
    return sum((asked & there).values()) / max(1, sum(asked.values()))


@cache
def markup_version() -> str:
    """Pages are read anew, from the store, when the code that reads them changes."""
    return code_hash(qa, web)


def extractors(world: World) -> list[str]:
    """The extractors that take part: those in the settings, the model only where an endpoint is configured."""
    return [e for e in world.settings.extract.extractors if e != "llm" or world.llm]


def variables(world: World) -> Row:
    return {
        "extractors": extractors(world),
        "markup_version": markup_version(),
        "llm_version": f"{world.settings.llm.model_of('extract_qa')} {prompt('extract_qa').hash}",
    }


STAGE = Stage(
    name="extract_qa",
    question=__doc__ or "",
    records=(QaExtraction, LlmCall),
    ask=ask,
    compute=compute,
    key=("url", "body_sha", "extractor", "version"),
    in_flight=lambda world: max(2 * world.settings.processes, world.settings.llm.in_flight if world.llm else 0),
    variables=variables,
)
