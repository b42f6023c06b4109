"""Under which sheet, chapter or part something stands, by the numbers and names in the headings above it and in the page's title."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from vwi_lake.qa.leadins import alternatives
from vwi_lake.qa.quotes import letters
from vwi_lake.qa.regions import Page
from vwi_lake.qa.sections import TITLE_END, is_bold
from vwi_lake.qa.words import Kind

_COUNT = "一二三四五六七八九十"
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_COUNTED = re.compile(
    rf"第\s*([{_COUNT}]{{1,3}})|^\W*([{_COUNT}]{{1,3}})\s*[、.．)）]|(?<=[\u4e00-\u9fff])([{_COUNT}]{{1,3}})$"
)  # 第三章, 三、填空题, 习题三
_LETTER = re.compile(r"(?<=[^\W\d_]\s)([A-Z]|[IVX]{1,4})(?=\s*(?:$|[:.–—-]))")  # Part B, Section IV: Heat
_KINDS: tuple[Kind, ...] = ("section", "key", "question", "solution")
_STOCK = re.compile(
    rf"(?<![^\W\d_])(?:{'|'.join(alternatives(kind) for kind in _KINDS)})(?:(?![^\W\d_])|(?<=[\u3040-\u9fff가-힣]))"
    r"|(?<![^\W\d_])(?:the|to|of|for|from|and|with|zu[rm]?|der|die|das|den|und|aus|mit|aux?|des?|la|les?|et|para|del?|los|las|y|dos?|das"
    r"|e|dei|delle|agli|do|z|ze|и|к|по|на)(?![^\W\d_])",
    re.IGNORECASE,
)
BOLD = 7  # below any heading
LONGEST = 160  # characters of a heading that are read
Level = tuple[int, tuple[str, ...], str]


def sections_of_lines(page: Page) -> list[list[str]]:
    """For each line the numbers and names of the sections it stands in, innermost first; a heading stands in those around it."""
    *before, last = TITLE_END.split(page.tree.title)
    title = numbers_in(" ".join(before) or last)
    stack: list[Level] = []
    found, current = list[list[str]](), list(title)
    for line in page.lines:
        level = line.level or (BOLD if is_bold(line) and len(line.text) < 60 else 0)
        numbers = numbers_in(line.text) if level else ()
        if not line.level and not numbers:
            found.append(current)
            continue
        while stack and stack[-1][0] >= level:
            stack.pop()
        found.append(flat(stack, title))
        stack.append((level, numbers, name_in(line.text) if level > 1 else ""))
        current = flat(stack, title)
    return found


def flat(stack: Sequence[Level], title: tuple[str, ...]) -> list[str]:
    """All numbers, and the name of the innermost section where that has no number."""
    found: list[str] = []
    for _, numbers, name in reversed(stack):
        found += numbers or ((name,) if name and not found else ())
    return list(dict.fromkeys([*found, *title]))


@lru_cache(maxsize=1024)
def numbers_in(heading: str) -> tuple[str, ...]:
    """ "Chapter 3, Part B" is 3 and b, 第三章 is 3"""
    text = unicodedata.normalize("NFKC", heading[:LONGEST])
    counted = (next(filter(None, match.groups())) for match in _COUNTED.finditer(text))
    return (*_NUMBER.findall(text), *map(counting, counted), *(letter.lower() for letter in _LETTER.findall(text)))


def counting(numeral: str) -> str:
    """十二 is 12"""
    tens, ten, ones = numeral.rpartition("十")
    digits = {sign: n for n, sign in enumerate(_COUNT, 1)}
    return str((digits.get(tens, 1) * 10 if ten else 0) + digits.get(ones, 0))


def name_in(heading: str) -> str:
    """What a heading says beside stock words: "Answers to Mechanics" is mechanics."""
    return letters(_STOCK.sub(" ", heading[:LONGEST]))
