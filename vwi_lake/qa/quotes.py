"""Is a text quoted from a page, and from where? Letters and digits alone are compared: typography and formulas' spelling don't count."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from vwi_lake.web.document import Tree

RUN = 8  # characters that must follow one another on the page to count as quoted
_WORD = re.compile(r"[^\W_]+")
_COMMAND = re.compile(r"\\(?:begin|end|left|right|text|mathrm|mathbf|displaystyle|q?quad|[dt]?frac|cdot|times|leq?|geq?)(?![A-Za-z])")


def letters(text: str) -> str:
    """Letters and digits, folded; of LaTeX what is not about looks."""
    return "".join(_WORD.findall(unicodedata.normalize("NFKC", _COMMAND.sub(" ", text)).lower()))


@dataclass(frozen=True)
class Source:
    """A page's letters in document order; `ends` are where each node's end."""

    text: str
    nodes: list[int]
    ends: list[int]
    words: frozenset[str]

    @cached_property
    def runs(self) -> frozenset[str]:
        """Made only for what does not stand on the page as a whole."""
        return frozenset(self.text[i : i + RUN] for i in range(len(self.text) - RUN + 1))


def source_of(tree: Tree, more: Iterable[str] = (), span: tuple[int, int] | None = None) -> Source:
    """What may be quoted: the text of the page or a span of it, and what stands beside it (JSON-LD, attributes, a list's numbers)."""
    said = [(node.index, node.text) for node in (tree.nodes[slice(*span)] if span else tree.nodes) if node.text.strip()]
    pieces = [letters(text) for _, text in said]
    page = "".join(pieces)
    beside = [letters(text) for text in more]
    text = "\0".join([page, *beside])
    words = frozenset(_WORD.findall(" ".join([*(text for _, text in said), *more]).lower()))
    return Source(text, [index for index, _ in said], list(accumulate(map(len, pieces))), words)


def share_quoted(text: str, source: Source) -> float:
    """Share of a text's letters that stand in runs of the page's; a text shorter than a run must be words of the page, one and all."""
    told = letters(text)
    if len(told) < RUN:
        said = _WORD.findall(text.lower())
        joined = (len(told) > 2 or not told.isascii()) and told in source.text
        return float(bool(said) and (joined or source.words.issuperset(said)))
    if told in source.text:
        return 1.0
    covered, reached = 0, 0
    for i in range(len(told) - RUN + 1):
        if told[i : i + RUN] in source.runs:
            covered += i + RUN - max(i, reached)
            reached = i + RUN
    return covered / len(told)


def strange_numbers(text: str, document: str) -> list[str]:
    """Numbers of a text that the document does not hold: a copy has none."""
    known = set(re.findall(r"\d+", document))
    return [number for number in re.findall(r"\d+", text) if number not in known]


def place_of(text: str, source: Source) -> tuple[int, int] | None:
    """The nodes between which a quoted text begins and ends."""
    told = letters(text)
    start = next((at for n in (48, 24, RUN) if len(told) >= n and (at := source.text.find(told[:n])) >= 0), -1)
    if start < 0:
        return None
    last = source.text.find(told[-RUN:], start)
    stop = last + RUN if 0 <= last <= start + 2 * len(told) else start + RUN
    return node_at(source, start), node_at(source, stop - 1) + 1


def node_at(source: Source, position: int) -> int:
    at = bisect_right(source.ends, position)
    return source.nodes[min(at, len(source.nodes) - 1)] if source.nodes else 0


def parts_of(document: str, max_tokens: int, overlap: int) -> Sequence[str]:
    """A document in parts of whole lines within a budget, each beginning with the last lines of the one before."""
    lines, parts = document.split("\n"), list[str]()
    first = 0
    while first < len(lines):
        last = reach(lines, first, max_tokens)
        parts.append("\n".join(lines[first:last]))
        if last >= len(lines):
            break
        first = max(first + 1, back(lines, last, overlap))
    return parts


def cost(line: str) -> float:
    """Tokens of a line: four characters each, one in scripts without spaces."""
    return (len(line) + 1 + (0 if line.isascii() else 3 * sum(char > "\u2e80" for char in line))) / 4


def reach(lines: Sequence[str], first: int, budget: float) -> int:
    """Where a part that begins at a line ends; one line at least."""
    at = first
    while at < len(lines) and (budget := budget - cost(lines[at])) >= 0:
        at += 1
    return max(at, first + 1)


def back(lines: Sequence[str], last: int, budget: float) -> int:
    """Where the overlap before a line begins."""
    while last > 0 and (budget := budget - cost(lines[last - 1])) >= 0:
        last -= 1
    return last
