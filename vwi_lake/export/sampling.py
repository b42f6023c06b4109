"""How many of a set's samples take part, and which: the rules of LLaVA's data lists."""

import random
import re

from vwi_lake.errors import VwiError

RULE = re.compile(r"all|(?:(first|end|random):)?(\d+)(%?)")


def drawn(rule: str, n: int, seed: int) -> list[int]:
    """The places, in order, of those of `n` samples that a rule takes: all, first:N, end:N, random:N; N may be a percentage, rounded up."""
    found = RULE.fullmatch(str(rule).strip())
    if not found:
        raise VwiError(f"no sampling rule {rule!r}: it is all, first:N, end:N or random:N, where N is a number or a percentage such as 10%")
    way, number, percent = found.groups()
    if number is None:
        return list(range(n))
    size = min(n, -(-int(number) * n // 100) if percent else int(number))
    if way == "first":
        return list(range(size))
    if way == "end":
        return list(range(n - size, n))
    return sorted(random.Random(seed).sample(range(n), size))  # noqa: S311 - drawn alike each time, on purpose
