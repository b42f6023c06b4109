"""Questions that pages declare by schema.org's Question and Answer: JSON-LD, microdata, RDFa. https://schema.org/Question"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from vwi_lake.web.document import Node, Tree

_TAGS = re.compile(r"</(?:p|div|li|h\d|tr)>|<br\s*/?>", re.I)
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>")
_IMAGE = re.compile(r"<img\b[^>]*?\bsrc\s*=\s*[\"']([^\"']+)", re.I)
_SCRIPT = re.compile(r"<script\b[^>]*?\bapplication/ld\+json\b[^>]*>(.*?)</script", re.IGNORECASE | re.DOTALL)
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Declared:
    """A question as JSON-LD gives it."""

    question: str
    solution: str | None
    choices: list[str]
    question_images: list[str]
    solution_images: list[str]


def json_ld_scripts(html: str) -> list[str]:
    """The JSON-LD blocks of a page, for trees that hold no scripts."""
    return _SCRIPT.findall(html)


def from_json_ld(scripts: Sequence[str]) -> list[Declared]:
    """The questions of all JSON-LD blocks; a block that is no JSON is passed over."""
    found: list[Declared] = []
    for script in scripts:
        try:
            data = json.loads(
                script.strip().removeprefix("<!--").removesuffix("-->").removeprefix("//<![CDATA[").removesuffix("//]]>"), strict=False
            )
        except (ValueError, RecursionError):
            continue
        found += [declared for thing in things(data, 0) if (declared := declared_question(thing))]
    return list({(one.question, one.solution): one for one in found}.values())


def things(data: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Every Question of a block, however deep in @graph, mainEntity or hasPart."""
    if depth > DEEPEST:
        return
    if isinstance(data, list):
        for item in data:
            yield from things(item, depth + 1)
    elif isinstance(data, dict):
        if "Question" in as_list(data.get("@type")):
            yield data
            return
        for value in data.values():
            if isinstance(value, (dict, list)):
                yield from things(value, depth + 1)


def declared_question(thing: dict[str, Any]) -> Declared | None:
    name, text = said(thing.get("name")), said(thing.get("text"))
    if plain(name) == plain(text) or plain(text).startswith(plain(name)):
        name = ""
    markup = "<br>".join(part for part in (name, text) if part)
    if not plain(markup):
        return None
    accepted, suggested = answers(thing.get("acceptedAnswer")), answers(thing.get("suggestedAnswer"))
    is_quiz = bool(thing.get("eduQuestionType"))
    choices = ordered_choices(thing, accepted, suggested) if is_quiz and suggested else []
    chosen = accepted or ([] if is_quiz else suggested[:1])
    solution = "\n".join(filter(None, (plain(answer) for answer in chosen)))
    return Declared(plain(markup), solution or None, choices, _IMAGE.findall(markup), _IMAGE.findall(" ".join(chosen)))


def ordered_choices(thing: dict[str, Any], accepted: list[str], suggested: list[str]) -> list[str]:
    """All choices by their position where it is given."""
    entries = [entry for key in ("acceptedAnswer", "suggestedAnswer") for entry in as_list(thing.get(key)) if isinstance(entry, dict)]
    if entries and all(isinstance(entry.get("position"), int) for entry in entries):
        return [plain(said(entry.get("text") or entry.get("name"))) for entry in sorted(entries, key=lambda entry: entry["position"])]
    return list(dict.fromkeys(plain(text) for text in (*suggested, *accepted) if plain(text)))


def answers(value: Any) -> list[str]:
    texts = [said(entry.get("text") or entry.get("name")) if isinstance(entry, dict) else said(entry) for entry in as_list(value)]
    explained = [
        said(comment.get("text")) if isinstance(comment := entry.get("answerExplanation"), dict) else ""
        for entry in as_list(value)
        if isinstance(entry, dict)
    ]
    return [text for text in [*texts, *explained] if text]


def said(value: Any) -> str:
    """A value as text: a string, a language-tagged one, the first of a list."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("@value") or value.get("text") or ""
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, (int, float)) else ""


def plain(markup: str) -> str:
    """HTML in a JSON string as lines of text."""
    text = unescape(_TAG.sub("", _TAGS.sub("\n", unescape(markup) if "&lt;" in markup else markup)))
    return "\n".join(line for line in (" ".join(line.split()) for line in text.split("\n")) if line)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def type_of(node: Node) -> str:
    """The schema.org class of an element, by microdata or RDFa."""
    value = node.attrs.get("itemtype") or node.attrs.get("typeof") or ""
    return re.split(r"[/:#]", value.split(" ")[0])[-1] if value else ""


def property_of(node: Node) -> str:
    value = node.attrs.get("itemprop") or node.attrs.get("property") or ""
    return re.split(r"[/:#]", value.split(" ")[0])[-1] if value else ""


@dataclass(slots=True)
class Item:
    """A Question element and the elements within it that hold its text and its answers."""

    node: Node
    asked: list[Node]
    accepted: list[Node]
    suggested: list[Node]


def items(tree: Tree) -> list[Item]:
    """The Question elements of a page by microdata or RDFa."""
    found: list[Item] = []
    stop = 0
    for node in tree.nodes:
        if node.index >= stop and node.attrs and type_of(node) == "Question":
            found.append(read_item(tree, node))
            stop = node.end
    return found


def read_item(tree: Tree, question: Node) -> Item:
    item = Item(question, [], [], [])
    inner = question.index + 1
    while inner < question.end:
        node = tree.nodes[inner]
        name = property_of(node) if node.attrs else ""
        if type_of(node) == "Answer" or name in ("acceptedAnswer", "suggestedAnswer"):
            (
                item.accepted if "acceptedAnswer" in (node.attrs.get("itemprop") or node.attrs.get("property") or "") else item.suggested
            ).append(body_of(tree, node))
            inner = node.end
            continue
        if name in ("name", "text", "headline") and node.end > inner + 1 and type_of(node) == "":
            item.asked.append(node)
            inner = node.end
            continue
        if name in ("author", "comment") or type_of(node) in ("Person", "Comment"):
            inner = node.end
            continue
        inner += 1
    return item


def body_of(tree: Tree, answer: Node) -> Node:
    """The text property of an answer, or the whole of it."""
    return next((node for node in tree.nodes[answer.index + 1 : answer.end] if property_of(node) == "text"), answer)
