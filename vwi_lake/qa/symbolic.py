"""Formulas compared by math-verify (https://github.com/huggingface/Math-Verify), made safe for workers and hostile input."""

import logging
import re
import threading
from functools import cache
from typing import Any

from vwi_lake.qa.notation import latex, plain

_LONGEST = 160
_SECONDS = 8  # by the clock: what takes long on a machine under load must not be left undecided there
_FUNCTIONS = re.compile(
    "arcsin|arccos|arctan|sinh|cosh|tanh|sin|cos|tan|cot|sec|csc|ln|log|exp|sqrt|pi|lim|max|min"
    "|deg|mod|gcd|det|matrix|pmatrix|bmatrix|vmatrix|cases|array"
)
_WORD = re.compile(r"\\?[^\W\d_]{3,}")
_PRODUCT = re.compile(r"(?<![\w\\])[b-df-hj-np-tv-xzB-DF-HJ-NP-TV-XZ]{2,4}(?![\w])")  # mgh is m·g·h; a word has a vowel
_COMMAND = re.compile(r"\\[A-Za-z]+")
_EXPLOSIVE = re.compile(r"\^\s*\{?\(?\s*-?\d{4,}|\^[^+\-=,]*\^|\d{3,}\s*!|!\s*!|\d{40,}")
# what sympy raises on expressions it cannot evaluate: it documents no base class
_SYMPY_ERRORS = (TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, NotImplementedError, KeyError, IndexError)
_POINTS = (0.7315, 1.6187, 2.3719)


def looks_like_formula(text: str) -> bool:
    """Only signs, numbers, short names and known functions; words make it a phrase."""
    line = plain(text) if len(text) <= _LONGEST else ""
    if not line:
        return False
    words = [word.lstrip("\\") for word in _WORD.findall(line)]
    joined = len(line) == 1 or any(sign in line for sign in "+*/^=<>(_\\") or any(c.isdigit() for c in line)
    products = _PRODUCT.findall(line)
    known = [word for word in words if _FUNCTIONS.fullmatch(word) or f"\\{word}" in line or word in products]
    return len(known) == len(words) and (joined or bool(products))


def same_formula(a: str, b: str) -> bool | None:
    """True where equal in every form; False where they also differ in value at sample points; None otherwise."""
    if _EXPLOSIVE.search(a) or _EXPLOSIVE.search(b):  # sympy would expand these for minutes
        return None
    left, right = _parsed(latex(a)), _parsed(latex(b))
    if left is None or right is None:
        return None
    if _verified(left, right):
        return None if _differ_in_case(a, b) else True
    return _same_by_value(left, right)


def _parsed(formula: str) -> Any | None:
    """The sympy expression, or None; math-verify itself falls back to the string."""
    from math_verify import LatexExtractionConfig, parse
    from math_verify.errors import TimeoutException

    _quiet()
    try:
        found = parse(f"${formula}$", [_config(LatexExtractionConfig)], fallback_mode="no_fallback", parsing_timeout=_seconds())
    except (TimeoutException, *_SYMPY_ERRORS):
        return None
    return next((expression for expression in found if not isinstance(expression, str)), None)


def _verified(left: Any, right: Any) -> bool:
    """math-verify is not symmetric: a relation agrees with an interval in one direction only."""
    from math_verify import verify
    from math_verify.errors import TimeoutException

    try:
        return any(verify(x, y, timeout_seconds=_seconds()) for x, y in ((left, right), (right, left)))
    except (TimeoutException, *_SYMPY_ERRORS):
        return False


def _same_by_value(left: Any, right: Any) -> bool | None:
    """False needs a witness: other variables, or another value at some point."""
    from sympy import Equality, Expr

    if isinstance(left, Equality) and isinstance(right, Equality):
        return _same_lines(left, right)
    if not (isinstance(left, Expr) and isinstance(right, Expr)):
        return None if type(left) is not type(right) else _same_members(left, right)
    names = sorted(left.free_symbols | right.free_symbols, key=str)
    try:
        for k in range(len(_POINTS)):
            point = {name: _POINTS[(i + k) % len(_POINTS)] + i for i, name in enumerate(names)}
            x, y = (complex(side.evalf(15, subs=point)) for side in (left, right))
            if abs(x - y) > 1e-6 * max(1.0, abs(x), abs(y)):
                return False
    except _SYMPY_ERRORS:
        return None
    return None  # equal at every point and yet not shown equal


def _same_lines(left: Any, right: Any) -> bool | None:
    """Two linear equations that no factor turns into each other are different; of other equations we know nothing."""
    from sympy import Poly, PolynomialError

    try:
        sides = [Poly(equation.lhs - equation.rhs) for equation in (left, right)]
        if sides[0].gens != sides[1].gens or any(side.total_degree() != 1 for side in sides):
            return None
        parts = [[side.coeff_monomial(term) for term in (*side.gens, 1)] for side in sides]
        pairs = list(zip(*parts, strict=True))
        return False if any(a * d - b * c != 0 for a, b in pairs for c, d in pairs) else None
    except (PolynomialError, *_SYMPY_ERRORS):
        return None


def _same_members(left: Any, right: Any) -> bool | None:
    """Two finite sets, intervals or matrices that math-verify found unequal are different."""
    from sympy import FiniteSet, Interval, MatrixBase

    return False if isinstance(left, FiniteSet | Interval | MatrixBase) else None


def _differ_in_case(a: str, b: str) -> bool:
    """The parser lowers letters: r/R would equal R/r."""
    letters = [sorted(c for c in _COMMAND.sub(" ", text) if c.isalpha()) for text in (a, b)]
    return letters[0] != letters[1] and [x.lower() for x in letters[0]] == [x.lower() for x in letters[1]]


def _seconds() -> int | None:
    """Alarms work in the main thread only; elsewhere the caps on length and exponents have to do."""
    return _SECONDS if threading.current_thread() is threading.main_thread() else None


@cache
def _config(kind: Any) -> Any:
    from latex2sympy2_extended import NormalizationConfig

    as_written = NormalizationConfig(basic_latex=True, units=False, malformed_operators=True, nits=True, boxed="all", equations=False)
    return kind(try_extract_without_anchor=True, boxed_match_priority=50, normalization_config=as_written)


@cache
def _quiet() -> None:
    """It warns once that alarms are off, which is our choice, and logs each failed parse."""
    for name in ("math_verify.parser", "math_verify.grader", "math_verify.utils"):
        logging.getLogger(name).setLevel(logging.ERROR)
