"""Short answers compared without a model: numbers with units, options, sets, intervals, formulas, and equal words."""

import math
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Literal, TypeVar

from vwi_lake.qa.final_answers import short_answer, without_label
from vwi_lake.qa.notation import plain
from vwi_lake.qa.phrases import are_opposites, as_interval, how_many, ion, order_of_growth
from vwi_lake.qa.quantities import read_quantity, same_amount
from vwi_lake.qa.structures import Interval, Listing, read_intervals, read_listing, split_equation
from vwi_lake.qa.symbolic import looks_like_formula, same_formula
from vwi_lake.qa.vote import joined, relation_of

__all__ = ["group", "same", "short_answer"]

Verdict = Literal["same", "different", "open"]
T = TypeVar("T")

_LONGEST = 400
_DEEPEST = 4
_OPTION = re.compile(
    r"^(?:option|choice|alternative|opción|opção|вариант)?\s*[(\[]?(?P<letter>[A-Ja-j])[)\].:]?$",
    re.IGNORECASE,
)
_OPTION_TEXT = re.compile(
    r"^(?:option\s+)?(?:\((?P<inside>[A-Ja-j])\)|\[(?P<square>[A-J])\]|(?P<letter>[A-Ja-j])[).:])\s*(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_OPTION_LIST = re.compile(r"\(?[A-H]\)?(?:\s*(?:,|;|&|/|、|\band\b|\by\b|\bet\b|\bund\b|\bи\b)+\s*\(?[A-H]\)?)+")
_ROMAN_LIST = re.compile(r"(?:I{1,3}|IV|V)(?:(?:\s*,\s*|\s+)(?:and\s+|&\s*)?(?:I{1,3}|IV|V))+(?: only)?|(?:I{1,3}|IV|V) only")
_YES = re.compile("yes|true|correct|right|oui|vrai|ja|wahr|richtig|sí|si|verdadero|sim|verdadeiro|vero|да|верно|是|对|正确|正しい|はい|예")
_NO = re.compile("no|false|incorrect|wrong|non|faux|nein|falsch|falso|não|нет|неверно|否|错|错误|不正确|いいえ|아니요")
_ARTICLES = re.compile(r"\b(?:the|an?|le|la|les|el|los|las|der|die|das|o|os|as|il|lo|gli)\b\s*")
_PRONOUN = re.compile(r"^(?:it|they)\s+(?:(?:is|are)\s+)?")
_PART_LABEL = re.compile(r"(?:^|(?<=[;,.\s]))\(?(?:([a-h])|(iii|ii|iv|i|v))[.):]\s+", re.IGNORECASE)
_PLURAL = re.compile(r"\b([a-z]{3,}[^\Wsui])s\b")
_SET_BUILDER = re.compile(r"^[⦃{].*(?:[|∣:]|\\mid).*[⦄}]$")
_NAMED_TWICE = re.compile(r"(?P<name>[A-Za-z][a-z]{2}[a-z ]*) \((?P<sign>[A-Z][A-Za-z0-9_+-]{1,9})\)")
_DIGITS = re.compile(r"\d+")
_STANDALONE = re.compile(r"(?<![\w.,^])\d+(?:[.,]\d+)*")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d+)(?!\d*,)(.*)$")


def same(a: str, b: str) -> bool | None:
    """True where equal, False where different, None where they may yet mean the same. Numbers: see quantities.same_number."""
    return {"same": True, "different": False, "open": None}[_compare(a, b, 0)]


def group(answers: list[str]) -> list[list[int]]:
    """Indices of answers that agree, directly or through others, in the order of each group's first member."""
    return joined(len(answers), relation_of(answers, same))


def _compare(a: str, b: str, depth: int) -> Verdict:
    """The first judge that knows this kind of answer decides; a judge that does not answers None."""
    if max(len(a), len(b)) > _LONGEST or depth > _DEEPEST:
        return "same" if a.strip() and a.strip() == b.strip() else "open"
    a, b = without_label(a), without_label(b)
    left, right = as_interval(plain(a)), as_interval(plain(b))
    if not left or not right:
        return "open"
    if _same_words(left, right):
        return "same"
    if _SET_BUILDER.match(left) or _SET_BUILDER.match(right):
        return "open"
    for judge in (_parts, _options, _yes_or_no, _solutions, _amounts, _compounds, _orders, _intervals, _equations, _listings):
        if verdict := judge(left, right, depth):
            return verdict
    return _formulas(a, b) or _phrases(left, right, depth)


def _verdict(equal: bool | None) -> Verdict:
    return "open" if equal is None else "same" if equal else "different"


def _same_words(a: str, b: str) -> bool:
    """Equal but for spacing; phrases also but for case, articles and punctuation, which tell formulas apart."""
    if a == b or _spaceless(a) == _spaceless(b):
        return True
    if any(looks_like_formula(text) or read_quantity(text) for text in (a, b)):
        return False
    return any(_phrase(x) and _phrase(x) == _phrase(y) for x, y in ((a, b), *_abbreviated(a, b), *_abbreviated(b, a))) or (
        bool(_phrase(a)) and _singular(a) == _singular(b)
    )


def _abbreviated(text: str, other: str) -> list[tuple[str, str]]:
    """`Sodium chloride (NaCl)` is named twice."""
    found = _NAMED_TWICE.fullmatch(text)
    return [(found["name"], other), (found["sign"], other)] if found else []


def _singular(text: str) -> str:
    return _PLURAL.sub(r"\1", _phrase(text))


def _spaceless(text: str) -> str:
    return re.sub(r"(?<!\d)\s+|\s+(?!\d)", "", text).replace("_", "").rstrip(".")


def _phrase(text: str) -> str:
    words = _ARTICLES.sub("", _PRONOUN.sub("", text.casefold()))
    return " ".join(re.sub(r"(?<!\w)[^\w\s+\-<>=]|[^\w\s%°](?!\w)", " ", words).replace("-", " ").split())


def _parts(a: str, b: str, depth: int) -> Verdict | None:
    """`a) 2 s; b) 4 H` part by part; one wrong part makes another answer."""
    first, second = _labelled(a), _labelled(b)
    if len(first) < 2 or len(second) < 2:
        return None if len(first) < 2 and len(second) < 2 else "open"
    if first.keys() != second.keys():
        return "open"
    verdicts = {_compare(first[label], second[label], depth + 1) for label in first}
    return "different" if "different" in verdicts else "open" if "open" in verdicts else "same"


def _labelled(text: str) -> dict[str, str]:
    """The parts of an answer to several questions, where they are labelled in order from a (or i)."""
    found = list(_PART_LABEL.finditer(text))
    labels = [(part[1] or part[2]).lower() for part in found]
    if not found or found[0].start() > 0 or labels not in ([*"abcdefgh"[: len(labels)]], ["i", "ii", "iii", "iv", "v"][: len(labels)]):
        return {}
    ends = [part.start() for part in found[1:]] + [len(text)]
    return {label: text[part.end() : end].strip(" ;,.") for label, part, end in zip(labels, found, ends, strict=True)}


def _options(a: str, b: str, depth: int) -> Verdict | None:
    first, second = _choices(a), _choices(b)
    if first and second:
        return _verdict(first == second)
    if not first and not second:
        return None
    chosen, other = (a, b) if first else (b, a)
    if text := _OPTION_TEXT.match(chosen):
        return _compare(text["rest"], other, depth + 1)
    is_bare_letter = len(chosen) == 1 and not _OPTION_TEXT.match(other)
    return None if is_bare_letter and looks_like_formula(other) and not read_quantity(other) else "open"


def _choices(text: str) -> frozenset[str]:
    """The option letters an answer names: {B} for "(B)", "B" or "B) 25 m/s", {A, C} for "A and C"."""
    if single := _OPTION.match(text):
        return frozenset(single["letter"].upper())
    if _OPTION_LIST.fullmatch(text) or re.fullmatch(r"[A-E]{2,5}", text):
        letters = re.findall(r"\b[A-H]\b", text) or list(text)
        return frozenset(letters)
    if _ROMAN_LIST.fullmatch(text):
        return frozenset(re.findall(r"\b(?:I{1,3}|IV|V)\b", text))
    text_too = _OPTION_TEXT.match(text)
    return frozenset((text_too["inside"] or text_too["square"] or text_too["letter"]).upper()) if text_too else frozenset()


def _yes_or_no(a: str, b: str, depth: int) -> Verdict | None:
    first, second = (text.casefold().strip(" .!") for text in (a, b))
    if not all(_YES.fullmatch(word) or _NO.fullmatch(word) for word in (first, second)):
        return None
    return _verdict(bool(_YES.fullmatch(first)) == bool(_YES.fullmatch(second)))


def _solutions(a: str, b: str, depth: int) -> Verdict | None:
    """Nothing is neither everything nor something; what else a phrase may say of solutions is left open."""
    first, second = how_many(a), how_many(b)
    if first and second:
        return "same" if first == second else "open" if {first, second} == {"none", "no real"} else "different"
    if not first and not second:
        return None
    if "no real" in (first, second):
        return "open"
    other = b if first else a
    stated = read_listing(other)
    return "different" if read_quantity(other) or (stated and stated.items) or read_intervals(other) else "open"


def _amounts(a: str, b: str, depth: int) -> Verdict | None:
    first, second = read_quantity(a), read_quantity(b)
    if first and second:
        return _verdict(same_amount(first, second))
    for text, amount in ((a, second), (b, first)):
        if amount and text.strip("+- ") == "∞":
            return "different"
    return _decimal_commas(a, b)


def _decimal_commas(a: str, b: str) -> Verdict | None:
    """3,5 may be a decimal number or two numbers: equal under either reading, but for a mere permutation."""
    if not (_DECIMAL_COMMA.match(a) or _DECIMAL_COMMA.match(b)):
        return None
    first, second = (read_quantity(_DECIMAL_COMMA.sub(r"\1.\2\3", text)) for text in (a, b))
    if not first or not second:
        return None
    equal = same_amount(first, second)
    return "open" if equal is False and _permuted(a, b) else _verdict(equal)


def _permuted(a: str, b: str) -> bool:
    return sorted(_DIGITS.findall(a)) == sorted(_DIGITS.findall(b))


def _compounds(a: str, b: str, depth: int) -> Verdict | None:
    """CO2 is not CO, nor Na+ Cl-; the same atoms in another order may be an isomer."""
    first, second = ion(a), ion(b) or (ion(a) and _bare_compound(b))
    first = first or (second and _bare_compound(a))
    if not first or not second:
        return None
    if first[:2] == second[:2]:
        return "same" if first[2] == second[2] else "open"
    return "different"


def _bare_compound(text: str) -> tuple[frozenset[tuple[str, int]], str, str] | None:
    """CO beside CO2: without a figure it reads as a formula only where the other is one."""
    found = ion(text + "^+") if re.fullmatch(r"(?:[A-Z][a-z]?){1,8}", text) else None
    return (found[0], "", found[2]) if found else None


def _orders(a: str, b: str, depth: int) -> Verdict | None:
    first, second = order_of_growth(a), order_of_growth(b)
    if not first or not second:
        return None
    verdict = _compare(first[1], second[1], depth + 1) if first[0] == second[0] else "open"
    return None if verdict == "open" else verdict


def _equations(a: str, b: str, depth: int) -> Verdict | None:
    """`x = 5` is `5`; two names for one value stay open."""
    (name, value), (other_name, other_value) = split_equation(a), split_equation(b)
    if name is None and other_name is None:
        return None
    verdict = _compare(value, other_value, depth + 1)
    if name and other_name and name != other_name:
        formulas = looks_like_formula(a) and looks_like_formula(b) and not (read_quantity(value) and read_quantity(other_value))
        return None if formulas else "open" if verdict == "same" else verdict
    has_relation = any(sign in text for text in (value, other_value) for sign in "=<>≤≥")
    return None if has_relation and verdict != "same" else verdict


def _intervals(a: str, b: str, depth: int) -> Verdict | None:
    first, second = read_intervals(a), read_intervals(b)
    if not first or not second:
        return None
    if len(first) != len(second):
        return "different" if _are_apart(first) and _are_apart(second) else "open"
    return _matched(first, second, lambda x, y: _same_interval(x, y, depth), ordered=False)


def _are_apart(intervals: list[Interval]) -> bool:
    """No two of them touch, so that they cannot be written as fewer."""
    ends = sorted((_end(i.low), _end(i.high)) for i in intervals)
    return all(low < high for low, high in ends) and all(one[1] < other[0] for one, other in pairwise(ends))


def _end(text: str) -> float:
    """nan, which is in no order, where it is no number."""
    if "∞" in text:
        return -math.inf if "-" in text else math.inf
    amount = read_quantity(text)
    return float(amount.number.value) if amount and amount.unit is None else math.nan


def _same_interval(a: Interval, b: Interval, depth: int) -> Verdict:
    ends = [_same_end(a.low, b.low, depth), _same_end(a.high, b.high, depth)]
    if "different" in ends or (a.low_closed, a.high_closed) != (b.low_closed, b.high_closed):
        return "different"
    return "open" if "open" in ends else "same"


def _same_end(a: str, b: str, depth: int) -> Verdict:
    if "∞" in a or "∞" in b:
        return _verdict(a.lstrip("+ ") == b.lstrip("+ "))
    return _compare(a, b, depth + 1)


def _listings(a: str, b: str, depth: int) -> Verdict | None:
    first, second = read_listing(a), read_listing(b)
    if not first or not second:
        return _listing_and_one(first, b, depth) if first else _listing_and_one(second, a, depth) if second else None
    if first.names and second.names and first.names != second.names and set(first.names) == set(second.names):
        second = second.in_order_of(first.names)
    if len(first.items) != len(second.items):
        return "different" if first.is_formal and second.is_formal else "open"

    def item(x: str, y: str) -> Verdict:
        return _compare(x, y, depth + 1)

    in_order = _matched(first.items, second.items, item, ordered=True)
    if in_order == "same":
        return "same" if {first.kind, second.kind} != {"set", "tuple"} else "open"
    if first.names and first.names == second.names:
        return in_order
    any_order = _matched(first.items, second.items, item, ordered=False)
    if any_order == "same":
        return "same" if "set" in (first.kind, second.kind) else "different" if first.kind == second.kind == "tuple" else "open"
    return any_order


def _listing_and_one(listing: Listing, other: str, depth: int) -> Verdict | None:
    """Several values are not one of them."""
    if len(listing.items) == 1:
        return _compare(listing.items[0], other, depth + 1)
    if not listing.is_formal or not (read_quantity(other) or looks_like_formula(other)):
        return None
    return "different" if read_quantity(other) and all(read_quantity(item) for item in listing.items) else None


def _matched(first: list[T], second: list[T], judge: Callable[[T, T], Verdict], *, ordered: bool) -> Verdict:
    """All items pair off; "different" only where some item certainly has no partner."""
    rest, verdict = list(second), "same"
    for position, item in enumerate(first):
        against = [second[position]] if ordered else rest
        verdicts = [judge(item, other) for other in against]
        if "same" in verdicts:
            if not ordered:
                rest.pop(verdicts.index("same"))
        elif "open" in verdicts:
            verdict = "open"
        else:
            return "different"
    return "same" if verdict == "same" else "open"


def _formulas(a: str, b: str) -> Verdict | None:
    if not (looks_like_formula(a) and looks_like_formula(b)):
        return None
    return _verdict(same_formula(a, b))


def _phrases(a: str, b: str, depth: int) -> Verdict:
    """The same sentence with another number is another answer; a sentence may end in the amount that the other states."""
    if _NUMBER.findall(a) != _NUMBER.findall(b) and _NUMBER.sub("#", _phrase(a)) == _NUMBER.sub("#", _phrase(b)):
        return "different"
    if are_opposites(_phrase(a), _phrase(b)):
        return "different"
    for sentence, other in ((a, b), (b, a)):
        amount, numbers = read_quantity(other), list(_STANDALONE.finditer(sentence))
        if amount and numbers and not read_quantity(sentence):
            stated = read_quantity(sentence[numbers[-1].start() :])
            return "same" if len(numbers) == 1 and stated and same_amount(amount, stated) else "open"
    return "open"
