"""Short answers in words that can be told apart or alike by rule: nothing and everything, opposites, ions, orders of growth."""

import re
from collections import Counter

_OPPOSITES = (
    "increase decrease", "increases decreases", "increasing decreasing", "increased decreased", "left right", "up down", "upward downward",
    "upwards downwards", "clockwise counterclockwise", "clockwise anticlockwise", "positive negative", "acidic basic", "acid base",
    "acidic alkaline", "parallel perpendicular", "convex concave", "maximum minimum", "north south", "east west", "odd even",
    "endothermic exothermic", "converges diverges", "convergent divergent", "rational irrational", "higher lower", "greater less",
    "larger smaller", "faster slower", "hotter colder", "inside outside", "above below", "internal external", "horizontal vertical",
    "stable unstable", "possible impossible", "dependent independent", "oxidation reduction", "oxidized reduced", "anode cathode",
    "ascending descending", "attractive repulsive", "real imaginary", "open closed", "dominant recessive", "spontaneous nonspontaneous",
)  # fmt: skip
_OPPOSITE = {frozenset(pair.split()) for pair in _OPPOSITES}
# One of these is none of the others.
_SERIES = tuple(set(words.split()) for words in (
    "first second third fourth fifth sixth seventh eighth ninth tenth last", "one two three four five six seven eight nine ten",
    "solid liquid gas", "proton neutron electron", "mitosis meiosis", "monday tuesday wednesday thursday friday saturday sunday",
    "red orange yellow green blue violet black white", "reflection refraction diffraction", "ionic covalent metallic", "dna rna",
))  # fmt: skip
_NO_REAL = re.compile(r"(?:there (?:is|are) )?no real (?:solution|root)s?", re.IGNORECASE)
_NONE = re.compile(r"(?:there (?:is|are) )?no solutions?|∅|\{\s*\}|(?:the )?empty set", re.IGNORECASE)
_ENDLESS = re.compile(r"(?:there are )?infinite(?:ly many)?(?: solutions)?", re.IGNORECASE)
_REALS = re.compile(r"(?:all|any) reals?(?: numbers?)?|ℝ", re.IGNORECASE)
_ION = re.compile(r"\[?((?:[A-Z][a-z]?_?\d{0,3}|\((?:[A-Z][a-z]?_?\d{0,3})+\)_?\d){1,8})\]?\s*(?:\^\s*[({]?(\d*[+-])[)}]?|([+-]))?")
_ORDER = re.compile(r"([OΘΩo])\s*\((.+)\)")


def as_interval(line: str) -> str:
    """`all real numbers` is (-∞, ∞)."""
    return "(-∞, ∞)" if _REALS.fullmatch(line) else line


def how_many(line: str) -> str | None:
    """`none`, `no real` or `endless`, where an answer speaks of solutions as such."""
    if _NO_REAL.fullmatch(line):
        return "no real"
    return "none" if _NONE.fullmatch(line) else "endless" if _ENDLESS.fullmatch(line) else None


def are_opposites(a: str, b: str) -> bool:
    """The same words but for one, and that one the opposite, or another of a series."""
    first, second = a.split(), b.split()
    if len(first) != len(second):
        return False
    unlike = [frozenset(pair) for pair in zip(first, second, strict=True) if pair[0] != pair[1]]
    return len(unlike) == 1 and (unlike[0] in _OPPOSITE or any(unlike[0] <= series for series in _SERIES))


def ion(line: str) -> tuple[frozenset[tuple[str, int]], str, str] | None:
    """Its atoms, its charge, and how it is written; None for what is no formula with a number or a charge in it."""
    found = _ION.fullmatch(line)
    if not found or "(" in found[1] or not re.search(r"\d|[+-]$|\^", line):
        return None
    if found[3] and found[1][-1].isdigit():  # Fe3+ is Fe^3+, NO3- is NO_3^-
        return None
    atoms: Counter[str] = Counter()
    for element, count in re.findall(r"([A-Z][a-z]?)_?(\d*)", found[1]):
        atoms[element] += int(count or 1)
    charge = (found[2] or found[3] or "").replace("1+", "+").replace("1-", "-")
    return frozenset(atoms.items()), charge, found[1].replace("_", "")


def order_of_growth(line: str) -> tuple[str, str] | None:
    """`O(n log n)` as ("O", "n log n")."""
    found = _ORDER.fullmatch(line)
    return (found[1], found[2]) if found else None
