"""Sets, tuples, lists, intervals and `name = value` in short answers, on lines that notation.plain made."""

import re
from dataclasses import dataclass
from typing import Literal

_NAME = r"(?:\\?[A-Za-zα-ωΑ-Ω]{1,10}(?:_\(?\w{1,8}\)?|\d)?'?|[A-Za-z]\([A-Za-z0-9, ]{1,8}\)|d[A-Za-z]/d[A-Za-z])"
_EQUATION = re.compile(rf"^({_NAME})\s*([=≈∈])\s*(.+)$")
_JOINED = re.compile(r"\s+(?:or|and|ou|et|oder|und|y|o|e|или|и|&)\s+|\s*[、或和]\s*", re.IGNORECASE)
_BRACKETS = {"(": ")", "[": "]", "{": "}", "⟨": "⟩"}
_KINDS: dict[str, Literal["set", "tuple"]] = {"(": "tuple", "[": "tuple", "⟨": "tuple", "{": "set"}
_VARIABLE = r"[A-Za-zα-ω](?:_\w+)?"
_END = r"[^<>≤≥=,]+"
_CHAIN = re.compile(rf"^({_END}?)\s*([<≤>≥])\s*({_VARIABLE})\s*([<≤>≥])\s*({_END})$")
_RAY = re.compile(rf"^({_VARIABLE})\s*([<≤>≥])\s*({_END})$")
_RAY_BACKWARDS = re.compile(rf"^([^<>≤≥=,A-Za-z]+)\s*([<≤>≥])\s*({_VARIABLE})$")
_TURNED = str.maketrans("<>≤≥", "><≥≤")


@dataclass(frozen=True)
class Interval:
    low: str
    high: str
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True)
class Listing:
    items: list[str]
    kind: Literal["set", "tuple", "bare"]
    names: list[str]  # of `x = 1, y = 2`; empty where any item has none or all share one

    @property
    def is_formal(self) -> bool:
        return self.kind != "bare"

    def in_order_of(self, names: list[str]) -> "Listing":
        return Listing([self.items[self.names.index(name)] for name in names], self.kind, names)


def split_equation(line: str) -> tuple[str | None, str]:
    """`v = s/t = 5` is ("v", "5"); (None, line) where the line is no single equation."""
    found = _EQUATION.match(line)
    if not found or _split(line, ",;")[1:] or _JOINED.search(line):
        return None, line
    value = found[3].split("=")[-1].strip()
    return found[1], ("≈" + value if found[2] == "≈" else value)


def read_intervals(line: str) -> list[Interval]:
    """Intervals and inequalities, joined by ∪ or "or"; empty where anything else stands there."""
    line = line.replace("<=", "≤").replace(">=", "≥").replace("=<", "≤")
    line = re.sub(rf"^{_VARIABLE}\s*∈\s*(?=[\[(\]])", "", line)
    parts = [_interval(part.strip()) for part in re.split(r"\s*∪\s*|\s+(?:or|ou|oder|o|или)\s+|\s*或\s*", line)]
    return [part for part in parts if part] if all(parts) else []


def _interval(part: str) -> Interval | None:
    if part[:1] in "([]" and part[-1:] in ")][" and len(part) > 4:
        ends = _split(part[1:-1], ",;")
        return Interval(ends[0], ends[1], part[0] == "[", part[-1] == "]") if len(ends) == 2 and all(ends) else None
    if (chain := _CHAIN.match(part)) and (chain[2] in "<≤") == (chain[4] in "<≤"):
        low, high = ((chain[1], chain[2]), (chain[5], chain[4]))
        if chain[2] in ">≥":
            low, high = high, low
        return Interval(low[0].strip(), high[0].strip(), low[1] in "≤≥", high[1] in "≤≥")
    return _ray(part)


def _ray(part: str) -> Interval | None:
    if forward := _RAY.match(part):
        sign, end = forward[2], forward[3].strip()
    elif backward := _RAY_BACKWARDS.match(part):
        sign, end = backward[2].translate(_TURNED), backward[1].strip()
    else:
        return None
    return Interval("-∞", end, False, sign == "≤") if sign in "<≤" else Interval(end, "∞", sign == "≥", False)


def read_listing(line: str) -> Listing | None:
    """`{1, 2}`, `(1, 2)`, `2 and 3`, `x = 2 or x = 3`, `±2`, `x = 1, y = 2`; None where one thing stands there."""
    name, value = split_equation(line)
    kind: Literal["set", "tuple", "bare"] = "bare"
    if value[:1] in _BRACKETS and value[-1:] == _BRACKETS[value[0]] and _closes_last(value):
        kind, value = _KINDS[value[0]], value[1:-1]
    joined = _JOINED.search(value) is not None
    items = [item for part in _split(value, ",;") for item in _JOINED.split(part.strip()) if item]
    items = [item for item in (re.sub(r"^(?:or|and)\s+", "", item.strip()) for item in items) if item]
    items = [sign for item in items for sign in _plus_minus(item)]
    if len(items) < 2 and kind != "set":
        return None
    pairs = [split_equation(item) for item in items]
    names = [each for each, _ in pairs if each]
    values = [each for _, each in pairs]
    one_name = len(set(names)) == 1 or bool(name)
    if kind == "bare" and ("±" in value or (one_name and (joined or names or name))):
        kind = "set"  # the values of one unknown
    distinct = len(names) == len(items) == len(set(names))
    return Listing(values if distinct or one_name else items, kind, names if distinct else [])


def _plus_minus(item: str) -> list[str]:
    if item.count("±") != 1:
        return [item]
    before, after = item.split("±")
    return [f"{before}+{after}".removeprefix("+").strip(), f"{before}-{after}".strip()]


def _closes_last(text: str) -> bool:
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "([{⟨") - (sign in ")]}⟩")
        if depth == 0:
            return at == len(text) - 1
    return False


def _split(text: str, separators: str) -> list[str]:
    """At separators outside brackets, but not at the comma of 1,000."""
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in "([{⟨") - (sign in ")]}⟩")
        thousands = sign == "," and re.match(r"\d,\d{3}(?!\d)", text[max(0, at - 1) : at + 5])
        if sign in separators and depth == 0 and not thousands:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]
