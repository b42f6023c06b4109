"""Sets of tasks that nothing announces: numbered items most of which command as exercises do, "Prove that …", "… を求めよ。"."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from vwi_lake.qa.numbered import Item, items_between
from vwi_lake.qa.regions import Page

# What no manual, recipe or article asks for, by language; a verb that those use as well counts beside a formula or a digit only.
_OPENING = (
    "prove|show that|compute|calculate|determine|evaluate|derive|sketch|simplify|differentiate|integrate|verify that"
    "|berechnen?|bestimmen?|beweisen?|ermitteln?|skizzieren?|zeigen sie|zeige,? dass|zeigen?,? dass"
    "|calculer|calculez|déterminer|déterminez|démontrer|démontrez|montrer que|montrez que|résoudre|résolvez"
    "|calcula|calcular|halla|hallar|halle|demuestra|demostrar|determinar|resuelve|resolver|calcule|demonstre|mostre que|resolva"
    "|calcolare|calcola|determinare|determina|dimostrare|dimostra|risolvere|risolvi"
    "|oblicz|wyznacz|udowodnij|wykaż|rozwiąż|vypočtěte|vypočítejte|určete|dokažte|řešte|vypočítajte|dokážte|bereken|bepaal|bewijs"
    "|beräkna|bestäm|bevisa|beregn|bestem|bevis|laske|todista|määritä|számítsd ki|határozd meg|bizonyítsd be|számítsuk ki|bizonyítsuk be"
    "|calculați|determinați|demonstrați|arătați că|rezolvați|найдите|найти|вычислите|вычислить|докажите|доказать|определите|решите"
    "|знайдіть|обчисліть|доведіть|розв['’]яжіть|намерете|докажете|пресметнете|υπολογίστε|να υπολογίσετε|να βρείτε|αποδείξτε|να αποδείξετε"
    "|احسب|أوجد|برهن|أثبت|محاسبه کنید|חשבו|הוכיחו|מצאו|tính|chứng minh|tìm|hitunglah|hitung|tentukan|buktikan|จงหา|จงแสดง|จงพิสูจน์|จงเขียน"
    "|求|证明|證明|计算|計算|试求|試求|试证|設|设"
)
_LOOSE = (
    "find|solve|let|suppose|consider|given|write|give|draw|state|explain|describe|use|lösen?|finde|sei|soit|sea|seja|sia|niech|пусть|нехай"
)
_CLOSING = (
    r"(?:せよ|なさい|求めよ|得よ|示せ|答えよ|述べよ|作れ|書け|구하시오|구하여라|증명하시오|쓰시오|작성하시오|설명하시오|하시오"
    r"|hesaplayınız|bulunuz|gösteriniz|ispatlayınız|çözünüz|कीजिए|कीजिये|করুন|করো|নির্ণয় কর)\s*[.。．।!]"
)
_STARS = r"(?:[(\[（]?[*★☆⭐✪✩•+\s]+[)\]）]?\s*)?"
_COMMANDS = re.compile(
    rf"(?:^{_STARS}|[.;:,]\s(?:and |then )?)(?:{_OPENING})(?![^\W\d_]|(?<=[a-zа-я])['’])|^{_STARS}[求证設设计试試]", re.IGNORECASE
)
_LOOSELY = re.compile(rf"{_STARS}(?:{_LOOSE})(?![^\W\d_])", re.IGNORECASE)
_ENDS = re.compile(_CLOSING)
_COUNTABLE = re.compile(r"[\d=\\$^∫√]")
LONGEST = 400  # characters of an item that are looked at
FEWEST = 3


def commands(text: str) -> bool:
    """Does a task's text, without its number, command as an exercise does?"""
    text = text[:LONGEST]
    return bool(_COMMANDS.search(text) or _ENDS.search(text) or (_LOOSELY.match(text) and _COUNTABLE.search(text)))


def commanded(page: Page, asides: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans of items that count up, of which two in three command, and none of which has an aside: those tell of themselves."""
    starts = [start for start, _ in asides]
    for run in runs(items_between(page, 0, len(page.tree.nodes), asides)):
        apart = bisect_left(starts, run[0].start) == bisect_left(starts, run[-1].stop)
        if apart and 3 * sum(commands(spoken(page, item)) for item in run) >= 2 * len(run):
            yield run[0].start, run[-1].stop


def runs(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Items of one form that count up by one, or begin anew, three and more of them."""
    run: list[Item] = []
    for item in items:
        if run and not (item.form == run[-1].form and last_part(item.number) in (1, last_part(run[-1].number) + 1)):
            if len(run) >= FEWEST:
                yield run
            run = []
        run.append(item)
    if len(run) >= FEWEST:
        yield run


def last_part(number: str) -> int:
    end = re.search(r"\d+$", number)
    return int(end[0][-9:]) if end else -2


_COUNT = re.compile(r"[(（\[]?\s*(?:[a-z]{1,2}-?)?\d[\d.\-–a-z]*\s*[.)）:、．\]]*\s*", re.IGNORECASE)


def spoken(page: Page, item: Item) -> str:
    """What an item says first, its number left out; below a title what stands there."""
    lines = page.between(item.body, item.stop)[:2]
    told = lines[1:] if lines and lines[0].level and len(lines) > 1 else lines
    return _COUNT.sub("", " ".join(line.text[:LONGEST] for line in told), count=1)
