"""Which questions does the page ask, with which images, and which solutions does it give?"""

import asyncio
import re
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from vwi_lake import qa, web
from vwi_lake.columns import Record
from vwi_lake.prompts import prompt
from vwi_lake.providers.ledger import LlmCall, Request
from vwi_lake.qa.answers import short_answer
from vwi_lake.qa.choices import told_aside
from vwi_lake.qa.markup import KeyAnswer, Pair, extract, read_questions
from vwi_lake.qa.quotes import Source, letters, parts_of, place_of, share_quoted, source_of, strange_numbers
from vwi_lake.qa.schema_org import json_ld_scripts
from vwi_lake.stage import Row, Stage
from vwi_lake.stages.build_trees import code_hash, read_html, short_url
from vwi_lake.stages.messages import consult
from vwi_lake.web.trees import Tree, TreeTooComplex, build_tree
from vwi_lake.web.urls import page_key
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
    on_page: float  # share of the question that the page holds, word for word
    solution_on_page: float | None
    faults: list[str]  # of a model's reply: wrong_image_number, strange_number
    first_node: int | None  # span of the question in the tree's document order
    last_node: int | None
    number: str | None = None  # of the exercise, as printed
    sections: list[str] | None = None  # numbers and names in the headings around it, innermost first
    solution_first_node: int | None = None
    solution_last_node: int | None = None


@dataclass(frozen=True)
class KeyAnswerRow:
    """A numbered answer whose question the page does not ask: silver.linked_answers finds it on another page."""

    number: str
    sections: list[str]
    solution: str
    solution_images: list[str]
    short_solution: str | None
    solution_on_page: float  # share of it that its span of nodes holds
    first_node: int
    last_node: int


@dataclass(frozen=True)
class LinkRow:
    """A link that says it leads to answers or, on a page of answers, to questions."""

    address: str  # the target's page_key
    text: str
    says: str  # answers | questions


@dataclass(frozen=True, kw_only=True)
class QaExtraction(Record):
    """bronze.qa_extractions: one row per page and extractor (and version of either)."""

    TABLE: ClassVar[str] = "qa_extractions"

    url: str
    body_sha: str
    extractor: str  # markup | llm
    version: str  # of the extractor: its code's hash, or model and prompt hash
    pairs: list[PairRow] | None = None
    addresses: list[str] | None = None  # page_key of the page's URL and of the one it was sent from
    key_answers: list[KeyAnswerRow] | None = None
    links: list[LinkRow] | None = None
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
    beside = json_ld_scripts(html)
    read = read_questions(tree, beside)
    source = source_of(tree, [*beside, *told_aside(tree)]) if read.pairs else None
    return [
        QaExtraction(
            **known,
            pairs=[_pair(vars_of(pair), source) for pair in read.pairs],
            addresses=sorted({page_key(url) for url in (row["url"], row["final_url"]) if url}),
            key_answers=[_key_answer(answer, tree) for answer in read.key_answers],
            links=[LinkRow(link.address, link.text, link.says) for link in read.links],
        )
    ]


def vars_of(pair: Pair) -> Row:
    found = {name: getattr(pair, name) for name in ("question", "solution", "question_images", "solution_images", "choices", "cue")}
    place = {"first_node": pair.start, "last_node": pair.end, "number": pair.number or None, "sections": list(pair.sections)}
    told = {"solution_first_node": pair.solution_start, "solution_last_node": pair.solution_end}
    return found | place | told | {"faults": []}


def _key_answer(told: KeyAnswer, tree: Tree) -> KeyAnswerRow:
    images, short = [short_url(u) for u in told.images], short_answer(told.answer) if told.answer else None
    on_page = share_quoted(told.answer, source_of(tree, [], (told.start, told.end))) if told.answer else 1.0
    return KeyAnswerRow(told.number, list(told.sections), told.answer, images, short, on_page, told.start, told.end)


def _pair(found: Row, source: Source | None) -> PairRow:
    """A pair with its shares on the page; the choices, which are spelled anew, don't count."""
    images = {k: [short_url(u) for u in found[k]] for k in ("question_images", "solution_images")}
    short = short_answer(found["solution"]) if found["solution"] else None
    asked = without_choices(found["question"], found["choices"])
    on_page = share_quoted(asked, source) if source else 0.0
    told = share_quoted(found["solution"], source) if source and found["solution"] else None
    return PairRow(**(found | images), short_solution=short, on_page=on_page, solution_on_page=told)


def without_choices(question: str, choices: list[str]) -> str:
    lettered = {f"{chr(65 + i)}. {choice}" for i, choice in enumerate(choices)}
    return "\n".join(line for line in question.split("\n") if line not in lettered) or question


async def ask_model(row: Row, world: World) -> list[Record]:
    """Ask the model for the pairs of one page, part by part; what structure says already spares the call where the settings say so."""
    assert world.llm is not None
    known, settings = {k: row[k] for k in STAGE.key}, world.settings.extract
    html = read_html(row, world)
    try:
        tree = build_tree(html, row["final_url"] or row["url"])
    except TreeTooComplex:
        return [QaExtraction(**known, error="too_complex")]
    marked = extract(tree, json_ld_scripts(html)) if settings.markup_pairs != "ignore" else []
    if settings.markup_pairs == "spare" and marked and all(pair.solution for pair in marked):
        return [QaExtraction(**known, pairs=[])]
    document = tree.document()
    source = source_of(tree, [document])
    parts = parts_of(document, settings.max_tokens, settings.overlap_tokens)[: settings.most_parts]
    told = await asyncio.gather(*(consult(request(row["url"], tree.title or "", part, marked, world), world) for part in parts))
    calls = [one.call for one in told if one.call]
    if len(calls) < len(told):
        return []  # not asked now; what was answered is in the ledger
    if failed := next((one.error for one in told if one.error), None):
        return [QaExtraction(**known, error=failed), *calls]
    found: list[PairRow] = []
    for one in told:
        found = merged(found, [quoted(pair, tree, document, source) for pair in one.value["pairs"]])
    return [QaExtraction(**known, pairs=found), *calls]


def request(url: str, title: str, document: str, marked: list[Pair], world: World) -> Request:
    hints = [pair.question[:HINT] for pair in marked if letters(pair.question[:HINT]) in letters(document)]
    asked = prompt("extract_qa_hints" if hints else "extract_qa")
    content = asked.fill(title=title, document=document, **({"hints": hints} if hints else {}))
    llm = world.settings.llm
    max_tokens = llm.reply_tokens.get("extract_qa", 16_000)
    return Request("extract_qa", url, llm.model_of("extract_qa"), asked.hash, [{"role": "user", "content": content}], SCHEMA, max_tokens)


HINT = 120  # characters of a question's start


SHOWN = re.compile(r"\[img(\d+)")


def quoted(pair: Row, tree: Tree, document: str, source: Source) -> PairRow:
    """One pair of the model's reply, held against the page; what a copy cannot hold is noted, and rules decide."""
    numbers = {k: pair[k] for k in ("question_images", "solution_images")}
    shown = {int(n) for n in SHOWN.findall(document)}
    urls = {k: [tree.images[n - 1].url for n in ns if n in shown] for k, ns in numbers.items()}
    faults = [] if shown.issuperset(n for ns in numbers.values() for n in ns) else ["wrong_image_number"]
    if strange_numbers(f"{pair['question']} {pair['solution'] or ''}", document):
        faults.append("strange_number")
    first, last = place_of(pair["question"], source) or (None, None)
    found = pair | urls | {"choices": [], "cue": "llm", "first_node": first, "last_node": last, "faults": faults}
    return _pair(found, source)


def merged(before: list[PairRow], after: list[PairRow]) -> list[PairRow]:
    """Pairs of parts that overlap: of one that both have, or that one part has cut short, the longer."""
    kept = list(before)
    for pair in after:
        same = next((k for k, old in enumerate(kept) if is_part(old.question, pair.question)), None)
        if same is None:
            kept.append(pair)
        elif size(pair) > size(kept[same]):
            kept[same] = pair
    return kept


def is_part(one: str, other: str) -> bool:
    short, long = sorted((letters(one), letters(other)), key=len)
    return bool(short) and (short == long or (len(short) > 20 and short in long))


def size(pair: PairRow) -> int:
    return len(pair.question) + len(pair.solution or "")


@cache
def markup_version() -> str:
    """Pages are read anew, from the store, when the code that reads them changes."""
    return code_hash(qa, web)


def extractors(world: World) -> list[str]:
    """The extractors that take part: those in the settings, the model only where an endpoint is configured."""
    return [e for e in world.settings.extract.extractors if e != "llm" or world.llm]


def llm_version(world: World) -> str:
    """Model, prompts and how markup takes part: what a changed reply may come from."""
    how = world.settings.extract.markup_pairs
    hashes = " ".join(prompt(name).hash for name in ("extract_qa", *(("extract_qa_hints",) if how == "hints" else ())))
    return f"{world.settings.llm.model_of('extract_qa')} {hashes}{'' if how == 'ignore' else f' {how}'}"


def variables(world: World) -> Row:
    return {
        "extractors": extractors(world),
        "markup_version": markup_version(),
        "llm_version": llm_version(world),
    }


STAGE = Stage(
    name="extract_qa",
    question=__doc__ or "",
    records=(QaExtraction, LlmCall),
    ask=ask,
    compute=compute,
    key=("url", "body_sha", "extractor", "version"),
    in_flight=lambda world: max(world.computed_at_once, world.settings.llm.in_flight if world.llm else 0),
    variables=variables,
)
