"""Numbers with units: read one from a short answer, and tell whether two are the same amount."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from vwi_lake.qa.notation import plain
from vwi_lake.qa.units import Unit, read_unit

_NUMBER = re.compile(r"(?:\d{1,3}(?:[, ]\d{3})+(?![\d,])|\d+)(?:\.\d+)?(?:\.\.\.|…)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")
_MIXED = re.compile(r"(\d+)\s+(\d+)/(\d+)(?![\d.])")
_APPROXIMATELY = re.compile(r"^(?:≈|~|∼|≃|about|approximately|approx\.?|around|ca\.?|circa|environ|etwa|около|约)\s*", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\s*\*\s*10\^")
_CURRENCY_FIRST = re.compile(r"^([+-]?)\s*(US\$|A\$|C\$|\$|€|£|¥|₹|Rs\.?|USD|EUR|GBP)\s*(?=[\d.(])")
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z°'\"]+)(?:\s*,)?(?:\s+and)?\s*")
_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_WORDS = [*_DIGITS, *_TEENS]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDED = re.compile(rf"^(?:({'|'.join(_TENS)})(?:[- ]({'|'.join(_WORDS)}))?|({'|'.join(_WORDS)}))(?![\w-])", re.IGNORECASE)
_SCALES = {"hundred": "*10^2", "thousand": "*10^3", "million": "*10^6", "billion": "*10^9", "trillion": "*10^12", "dozen": "*12"}
_PARTS = {
    "half": "/2",
    "halves": "/2",
    "third": "/3",
    "quarter": "/4",
    "fourth": "/4",
    "fifth": "/5",
    "sixth": "/6",
    "eighth": "/8",
    "tenth": "/10",
}
_GOES_ON = re.compile(r"(?:and|or|to)\b", re.IGNORECASE)  # two hundred and five
_SCALED = re.compile(rf"(?<=\d)[ -]({'|'.join([*_SCALES, *_PARTS])})s?\b", re.IGNORECASE)
_LONGEST = 160


@dataclass(frozen=True)
class Number:
    """`unit_in_last_place` is 0 where the number is exact: an integer, a fraction, a root, π."""

    value: Fraction | float
    unit_in_last_place: float = 0.0
    digits: int = 0  # significant ones, of the least precise decimal that went in
    is_integer: bool = False

    @property
    def is_exact(self) -> bool:
        return self.unit_in_last_place == 0


@dataclass(frozen=True)
class Quantity:
    number: Number
    unit: Unit | None  # None: a bare number


def read_quantity(text: str) -> Quantity | None:
    """`9.8 m/s^2`, `$5`, `1 1/2 h`, `2\\sqrt{3} cm`, `1 h 30 min`, `25 %`; None where anything else is said."""
    line = plain(text) if len(text) <= _LONGEST else ""
    if not line:
        return None
    shorter = _SCALED.sub(lambda m: (_SCALES | _PARTS)[m[1].lower()], _WORDED.sub(_figures, _APPROXIMATELY.sub("", line)))
    currency = _CURRENCY_FIRST.match(shorter)
    if currency:
        shorter = shorter[: currency.end(1)] + shorter[currency.end() :] + " " + currency[2]
    return _whole(shorter, rounded=bool(_APPROXIMATELY.match(line))) or _sum_of_parts(shorter)


def _figures(found: re.Match[str]) -> str:
    tens, unit = (found[1] or "").lower(), (found[2] or found[3] or "zero").lower()
    return str((10 * _TENS.index(tens) + 20 if tens else 0) + _WORDS.index(unit))


def same_amount(a: Quantity, b: Quantity) -> bool | None:
    """True, False, or None where rounding or a missing unit leaves it open."""
    if a.unit is None and b.unit is None:
        return same_number(a.number, b.number)
    if a.unit is None or b.unit is None:
        return _one_unit_missing(a, b)
    if a.unit.noun or b.unit.noun:
        return _counted(a, b)
    if a.unit.dimensions != b.unit.dimensions:
        return False
    same_unit = (a.unit.factor, a.unit.offset) == (b.unit.factor, b.unit.offset)
    return _same_converted(_in_si(a.number, a.unit), _in_si(b.number, b.unit), same_unit=same_unit)


def same_number(a: Number, b: Number) -> bool | None:
    """Exact numbers must be equal; a decimal agrees with what rounds to it, and is undecided within 0.5 %."""
    if isinstance(a.value, Fraction) and isinstance(b.value, Fraction) and a.value == b.value:
        return True
    x, y = float(a.value), float(b.value)
    gap, size = abs(x - y), max(abs(x), abs(y))
    if a.is_exact and b.is_exact:
        both_rational = isinstance(a.value, Fraction) and isinstance(b.value, Fraction)
        return False if both_rational else gap <= 1e-9 * size
    if gap <= 1e-9 * size:
        return True
    coarser = max((a, b), key=lambda n: n.unit_in_last_place)
    if a.is_integer or b.is_integer:  # 13 may be 12.7 rounded, or may not
        return None if gap <= 0.5 and gap <= 0.05 * size else gap <= 0.005 * size and None
    if gap <= 0.5000001 * coarser.unit_in_last_place:
        return True if coarser.digits >= 3 or gap <= 0.0101 * size else None
    return None if gap <= 0.005 * size else False


def _one_unit_missing(a: Quantity, b: Quantity) -> bool | None:
    """25 agrees with 25 m/s, and 0.25 as well as 25 with 25 %; other numbers may be in another unit."""
    unit = a.unit or b.unit
    assert unit is not None
    if unit.is_percent:
        number, bare = (a.number, b.number) if a.unit else (b.number, a.number)
        if same_number(_in_si(number, unit), bare):
            return True
        return True if same_number(number, bare) and abs(float(bare.value)) > 1 else same_number(number, bare) and None
    if same_number(a.number, b.number):
        return True
    if unit.is_angle_degrees and same_number(*(_in_si(n.number, n.unit) if n.unit else n.number for n in (a, b))):
        return True  # 150° and 5π/6
    if unit.noun or unit.is_angle_degrees:  # 3 apples are not 4, nor is 45 the angle of 60°
        return same_number(a.number, b.number)
    return None


def _same_converted(a: Number, b: Number, *, same_unit: bool) -> bool | None:
    """Between two units, factors are rounded too: 1 mile and 1609 m stay open, and so do 25 °C and 298 K."""
    equal = same_number(a, b)
    near = abs(float(a.value) - float(b.value)) <= 0.005 * max(abs(float(a.value)), abs(float(b.value)))
    return None if equal is False and near and not same_unit else equal


def _counted(a: Quantity, b: Quantity) -> bool | None:
    """Unknown words after a number: the same word decides by the number, another word leaves it open."""
    assert a.unit is not None
    assert b.unit is not None
    equal = same_number(a.number, b.number)
    return equal if a.unit.noun == b.unit.noun else None


def _in_si(number: Number, unit: Unit) -> Number:
    factor, offset = unit.factor, unit.offset
    if isinstance(number.value, Fraction) and isinstance(factor, Fraction):
        value: Fraction | float = number.value * factor + offset
    else:
        value = float(number.value) * float(factor) + float(offset)
    is_integer = number.is_integer and factor == 1 and offset == 0
    return Number(value, number.unit_in_last_place * float(factor), number.digits, is_integer)


def _whole(line: str, rounded: bool) -> Quantity | None:
    try:
        number, rest = _Arithmetic(line).read()
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    if rounded and number.is_exact and number.value:  # "about 40" is not exactly 40
        number = Number(number.value, 10 ** math.floor(math.log10(abs(float(number.value))) - 1), 2)
    if not rest:
        return Quantity(number, None)
    if _GOES_ON.match(rest):
        return None
    unit = read_unit(rest)
    return Quantity(number, unit) if unit else None


def _sum_of_parts(line: str) -> Quantity | None:
    """`1 h 30 min`, `5 ft 3 in`."""
    if len(line) > 60 or not re.fullmatch(f"(?:{_PART.pattern}){{2,4}}", line):
        return None
    pairs = [(Fraction(value), read_unit(name)) for value, name in _PART.findall(line)]
    units = [unit for _, unit in pairs if unit and not unit.noun]
    if len(units) < len(pairs) or len({unit.dimensions for unit in units}) > 1:
        return None
    total = sum((value * Fraction(unit.factor) for (value, _), unit in zip(pairs, units, strict=True)), Fraction(0))
    return Quantity(Number(total), Unit(units[0].dimensions))


class _Arithmetic:
    """Evaluate the numeric expression that a line starts with; what follows it is handed back as the rest."""

    def __init__(self, line: str) -> None:
        self.line, self.at, self.depth = line, 0, 0

    def read(self) -> tuple[Number, str]:
        number = self.sum()
        if not math.isfinite(float(number.value)):
            raise ValueError(self.line)
        return number, self.line[self.at :].strip()

    def sum(self) -> Number:
        total = self.signed(self.product)
        while sign := self.take(r"\s*([+-])\s*"):
            back = self.at - len(sign)
            try:
                term = self.product()
            except ValueError:
                self.at = back
                break
            total = _combine(total, term, lambda x, y: x + y if sign.strip() == "+" else x - y)
        return total

    def product(self) -> Number:
        total = self.power()
        while True:
            back = self.at
            operator = self.take(r"\s*[*/]\s*") or self.take(r"\s*(?=\(|sqrt|pi\b)")
            try:
                if operator is None:
                    break
                factor = self.power()
            except ValueError:
                self.at = back
                break
            total = _combine(total, factor, lambda x, y: x / y if "/" in operator else x * y)  # noqa: B023 - called at once
        return total

    def power(self) -> Number:
        base = self.atom()
        if self.take(r"\s*\^\s*") is None:
            return base
        exponent = self.signed(self.atom)
        return Number(_power(base.value, exponent.value), base.unit_in_last_place, base.digits)

    def signed(self, read_next: Callable[[], Number]) -> Number:
        sign = self.take(r"\s*[+-]\s*")
        number = read_next()
        return Number(-number.value, number.unit_in_last_place, number.digits, number.is_integer) if sign and "-" in sign else number

    def atom(self) -> Number:
        if self.take(r"\s*\("):
            return self.bracketed()
        if self.take(r"\s*sqrt\s*"):
            return Number(_power(self.atom().value, Fraction(1, 2)))
        if self.take(r"\s*pi\b"):
            return Number(math.pi)
        if mixed := _MIXED.match(self.line, self.at):
            self.at = mixed.end()
            return Number(int(mixed[1]) + Fraction(int(mixed[2]), int(mixed[3])))
        literal = self.take(_NUMBER.pattern)
        if literal is None:
            raise ValueError(self.line)
        return _literal(literal, scientific=bool(_SCIENTIFIC.match(self.line, self.at)))

    def bracketed(self) -> Number:
        self.depth += 1
        if self.depth > 20:  # deeper than any answer; the recursion stays bounded
            raise ValueError(self.line)
        number = self.sum()
        if self.take(r"\s*\)") is None:
            raise ValueError(self.line)
        self.depth -= 1
        return number

    def take(self, pattern: str) -> str | None:
        found = re.compile(pattern).match(self.line, self.at)
        if found:
            self.at = found.end()
        return found[0] if found else None


def _literal(text: str, scientific: bool) -> Number:
    digits = re.sub(r"[, …]|\.\.\.", "", text)
    mantissa, _, exponent = digits.lower().partition("e")
    if len(mantissa) > 60 or abs(int(exponent or 0)) > 300:
        raise ValueError(text)
    whole, _, decimals = mantissa.partition(".")
    value = Fraction(digits)
    if not decimals and not exponent and not scientific:
        return Number(value, is_integer=True)
    last_place = 10.0 ** (int(exponent or 0) - len(decimals))
    return Number(value, last_place, len((whole + decimals).lstrip("0")))


def _combine(a: Number, b: Number, operation: Callable[[Any, Any], Any]) -> Number:
    exact = isinstance(a.value, Fraction) and isinstance(b.value, Fraction)
    value = operation(a.value, b.value) if exact else operation(float(a.value), float(b.value))
    relative = max((n.unit_in_last_place / abs(float(n.value)) if n.value else 0.0) for n in (a, b))
    digits = min((n.digits for n in (a, b) if not n.is_exact), default=0)
    integer = exact and a.is_integer and b.is_integer and Fraction(value).denominator == 1
    return Number(value, relative * abs(float(value)), digits, integer)


def _power(base: Fraction | float, exponent: Fraction | float) -> Fraction | float:
    small = isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1 and abs(exponent) <= 300
    if small and isinstance(base, Fraction) and base.numerator.bit_length() + base.denominator.bit_length() < 64:
        return base**exponent
    if isinstance(base, Fraction) and exponent == Fraction(1, 2) and base >= 0:
        root = Fraction(math.isqrt(base.numerator), math.isqrt(base.denominator))
        if root * root == base:
            return root
    value = float(base) ** float(exponent)
    if isinstance(value, complex):
        raise ValueError("not a real number")
    return value
