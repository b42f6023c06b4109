"""The words that pages put before questions, solutions and hints, and how to read them off the start of a text."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from vwi_lake.qa.words import WORDS, Kind

NUMBER = (
    r"(?:[a-z]{0,2}\d+(?:[.\-–_]\d+)*(?:[a-z](?![a-z]))?|[ivxlc]+(?![^\W\d_])|"
    r"[一二三四五六七八九十百]+|(?:ال)?(?:أول[ىي]?|ثاني[ةه]?|ثالثة?|رابعة?|خامسة?|سادسة?|سابعة?|ثامنة?|تاسعة?|عاشرة?)(?!\w)|(?:one|two|three|four|five|six|seven|eight|nine|ten)(?!\w)|\([a-z0-9]{1,3}\)|[a-z](?![^\W\d_]))"
)
_SIGN = r"(?:no\.?|nr\.?|num\.?|n[°ºo]\.?|n\.(?=\s?\d)|№|#|number|número|numero|numéro|nummer|số|रقم|第)"
_PREPOSITION = r"(?:for|to|of|zu|zur|zum|de|do|da|del|della|du|к|до|voor|till|til)"
_ORDINAL = r"(?:番目|問|题|題|번|号|號)"
_LETTERLESS = re.compile(r"^[\W_]+")
_CLOSING = r"[\s\]】』」)）*>!★☆†‡▼▾▸►…]*"
_SEPARATOR = r"[:：.。、)）\]】』」–—―|]|-(?=\s)"


@dataclass(frozen=True, slots=True)
class LeadIn:
    """What a text starts with: "Problem 3.2: The pendulum" is a question, number 3.2, rest "The pendulum"."""

    kind: Kind
    word: str
    number: str
    rest: str


def alternatives(kind: Kind) -> str:
    words = {word for row in WORDS[kind].values() for word in row.split("|")}
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


def _of(kind: Kind) -> str:
    """What may stand between a label and its number: "to the exercise" 3; behind an answer's label the question's word alone, too."""
    named = rf"|(?:{alternatives('question')})" if kind == "solution" else ""
    return rf"(?:{_PREPOSITION}(?:\s+[^\W\d]\S{{0,14}}){{0,2}}{named})"


def _pattern(kind: Kind) -> re.Pattern[str]:
    return re.compile(
        rf"(?:第\s*(?P<before>{NUMBER})\s*|(?P<first>\d+(?:\.\d+)*)\s*[.．]?\s*)?"
        rf"(?P<word>{alternatives(kind)})(?P<boundary>(?![^\W\d_])|(?<=[぀-鿿가-힣]))"
        rf"(?:\s+{_of(kind)}(?=\s*(?:{_SIGN}\s*)?[\d(]))?(?:\s*[.!](?=\s?\d))?\s*(?:{_SIGN}\s*)?(?P<number>{NUMBER})?(?:{_ORDINAL})?(?P<closing>{_CLOSING})(?P<separator>{_SEPARATOR})?",
        re.IGNORECASE,
    )


_PATTERNS: dict[Kind, re.Pattern[str]] = {kind: _pattern(kind) for kind in WORDS}
_LONGEST = 400


def normal_number(text: str) -> str:
    """Numbers as keys: "３." and "(3)" and "٣" are all "3"."""
    folded = unicodedata.normalize("NFKC", text)
    digits = "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in folded)
    return digits.strip(" .()[]:-–#").lower().replace("–", ".").replace("-", ".").replace("_", ".")


def lead_in(text: str, label: bool) -> LeadIn | None:
    """The lead-in a line starts with. A `label` (heading, bold run, whole line) need not end in a colon; plain text must."""
    text = _LETTERLESS.sub("", text[:_LONGEST]) if text[:1] not in "(（" else text[:_LONGEST].lstrip("(（ ")
    return _read(text, label)


_BRACKET = re.compile(r"[】\]』」]")
_BRACKETED = re.compile(r"[(（\[][^()（）]*[)）\]][.:]?")


@lru_cache(maxsize=4096)
def _read(text: str, label: bool) -> LeadIn | None:
    matches = [(kind, match) for kind, pattern in _PATTERNS.items() if (match := pattern.match(text))]
    found = [(kind, match) for kind, match in matches if not _is_count(match) and _counts(kind, match, text, label)]
    if not found:
        return None
    kind, match = max(found, key=lambda item: (item[1].end("word"), item[1].end()))  # a tie goes to the kind that stands first
    number = match["number"] or match["before"] or match["first"] or ""
    rest = text[match.end() :].strip(" ¶#§\xa0")
    if _BRACKETED.fullmatch(rest) and (kind in ("solution", "hint") or rest[0] == "["):
        rest = ""  # "Solution (click to expand)", "Exercise 1 [edit]"
    return LeadIn(kind, match["word"].lower(), normal_number(number), rest)


_COUNTED = re.compile(r"\d+\s*(?:answers|solutions|replies)|1answer", re.IGNORECASE)


def _is_count(match: re.Match[str]) -> bool:
    """ "2 Answers" """
    return bool(_COUNTED.match(match[0]))


_LETTERS = ("q", "a", "que")


def _letter_counts(kind: Kind, number: str | None, separator: str | None) -> bool:
    """ "Q:" and "Q3", not "A 3" or "Q" amid a sentence."""
    return number[-1:].isdigit() and kind == "question" if number else separator in (":", ".", "：", ")")


_COURSES = ("analysis", "analiza", "analyse", "анализ", "аналіз")


def _counts(kind: Kind, match: re.Match[str], text: str, label: bool) -> bool:
    """Does the match read as a label rather than as the first words of a sentence?"""
    rest, number, separator = text[match.end() :].strip(" ¶#§\xa0"), match["number"] or match["before"], match["separator"]
    if not separator and (bracket := _BRACKET.search(match["closing"])):
        separator = bracket[0]  # 【答案】B
    if match["word"].endswith("."):
        separator = separator or "."
    if match["word"].lower() in _LETTERS:
        return _letter_counts(kind, number, separator)
    if kind == "other":
        return label and bool(number) and number[0].isdigit()
    if kind in ("section", "key"):
        of_set = kind == "key" and 0 < len(rest.split()) < 5 and names_section(rest)  # "Answers to the exercises"
        return label and (not rest or separator in (":", "：") or of_set)
    is_article = number and number[-1:].isalpha() and len(number) == 1 and not separator and rest
    is_course = match["word"].lower() in _COURSES and number and not separator
    if is_article or is_course or (match["word"].lower() == "ex" and not number):
        return False  # "Problem a day", "Analysis 1", "ex: sleep"
    if label:
        apart = rest.startswith(("(", "（", "[")) or (rest[-1:] in ")）" and not rest[:1].isalnum())  # "Exercise +-comm (practice)"
        return bool(not rest or number or separator or apart)
    return separator in (":", "：", "】", "]") or bool(number and separator) or (kind == "solution" and separator == ".")


_SURE = (
    "exercises|exercices|ejercicios|esercizi|exercícios|übungen|übungsaufgaben"
    "|aufgaben|zadania|ćwiczenia|упражнения|вправи|opgaven|oefeningen|習題|习题|練習"
)
_SECTION_EDGE = re.compile(
    rf"(?<![^\W\d_])(?:{_SURE})(?![^\W\d_])|^[\W\d_]*(?:{alternatives('section')})(?:\s*[\d(:#].*)?$|(?<![^\W\d_])(?:{alternatives('section')})[\W\d_]*$",
    re.IGNORECASE,
)
_SET_ZH = re.compile(r"[\u4e00-\u9fffA-Za-z\d\s]{1,12}(?:习题|練習|练习|测试题|面试题|思考题|选择题|填空题|判断题|简答题|计算题)$")
_ABOUT = (  # what a set of questions is about may follow its name: "Задачи по теплоте", "Aufgaben zur Algebra"
    r"(?:on|zu|zur|zum|sur|de|del|sobre|di|sul|sulla|z|ze|по|на|з|over|bij|om)\s"
)
_ABOUT_SECTION = re.compile(rf"[\W\d_]*(?:{alternatives('section')})\s+{_ABOUT}", re.IGNORECASE)
_FLAWS = re.compile(  # of software, not of a course
    r"\W*(?:known|fixed|reported|technical|bekannte|behobene|bugs|connus|conocidos|известные|исправленные|已知|既知)(?:\s|问题|問題|$)",
    re.IGNORECASE,
)
_OWNED = re.compile(  # what somebody has to do in a job
    r"\W*(?:our|your|my|ihre?|deine?|unsere?|nos|vos|tus|sus|nuestr[ao]s|seus|suas|vostr[ei]|twoje|wasze|наши|ваши|ваші|jouw|uw)\s",
    re.IGNORECASE,
)


def is_owned(heading: str) -> bool:
    return bool(_OWNED.match(heading))


_REMARK = re.compile(r"(?<=\S)\s*(?:\([^()]*\)|（[^（）]*）)$")
_FAQ = re.compile(r"(?<![^\W\d_])(?:faqs?|frequently asked questions)(?![^\W\d_])", re.IGNORECASE)
_KEYS = frozenset(word for row in WORDS["key"].values() for word in row.split("|"))


@lru_cache(maxsize=1024)
def names_section(heading: str) -> bool:
    """A short heading that begins or ends with a plural: "Chapter 3 Exercises", "Aufgaben zur Algebra", "習題 2.1"."""
    if _FLAWS.match(heading) or is_owned(heading):
        return False
    heading = _REMARK.sub("", heading)
    return len(heading) <= 60 and (
        bool(_FAQ.search(heading))
        or (
            len(heading.split()) <= 6 and bool(_SECTION_EDGE.search(heading) or _SET_ZH.fullmatch(heading) or _ABOUT_SECTION.match(heading))
        )
    )


def names_key(word: str) -> bool:
    """A plural, "Answers", that may head those of a whole page."""
    return word in _KEYS


_KEY_END = re.compile(rf"(?<![^\W\d_])({alternatives('key')})\W*$", re.IGNORECASE)


_SETS = re.compile(
    rf"(?<![^\W\d_])(?:our|your|my|unsere|ihre|nos|nuestras|nossas|{alternatives('section')}|{alternatives('question')})(?![^\W\d_])",
    re.IGNORECASE,
)


_BESIDE = re.compile(r"(?:^|\s)(?:[&+]|with|and|mit|und|avec|et|con|y|com|e|z|i|с|и)\s+\S*\s?$", re.IGNORECASE)  # "Tasks with answers"


def ends_as_key(heading: str) -> LeadIn | None:
    """ "Odd-numbered answers" """
    apart = (
        len(heading.split()) > 5 or heading[:1].isdigit() or _SETS.search(heading)
    )  # "2 Answers", "Our solutions", "Exercises and answers"
    found = None if apart else _KEY_END.search(heading)
    if found and _BESIDE.search(heading[: found.start()]):
        return None
    return LeadIn("key", found[1].lower(), "", "") if found else None


_NAMES_QUESTION = re.compile(rf"(?<![^\W\d_])(?:{alternatives('question')})(?![^\W\d_])", re.IGNORECASE)


def names_question(text: str) -> bool:
    """ "to problem 3" """
    return bool(_NAMES_QUESTION.search(text))


_SPOKEN = "|".join(
    re.escape(word)
    for word in sorted({w for row in WORDS["solution"].values() for w in row.split("|")}, key=lambda w: (-len(w), w))
    if len(word) > 2 or (len(word) == 2 and not word.isascii())
)
_AMID = re.compile(rf"(?:(?<=[\s.?!)\]。？！）])|^)(?:{_SPOKEN})\s*[:：]\s*", re.IGNORECASE)


def split_answer(text: str) -> tuple[str, str]:
    """A text that gives its answer amid a line, "What is 2+2? Answer: 4", in two."""
    for match in _AMID.finditer(text):
        if match.start() > 4 and match.end() < len(text):
            return text[: match.start()].strip(), text[match.end() :].strip()
    return text, ""


_TOLD = re.compile(rf"(?<![^\W\d_])(?:{_SPOKEN})(?![^\W\d_])|[答解]|풀이|정답", re.IGNORECASE)


_ALL = re.compile(
    r"(?<![^\W\d_])(?:all|alle|allen|tous|toutes|todos|todas|tutte|tutti|wszystkie|все|всі|全部|すべて)(?![^\W\d_])|全部|すべて",
    re.IGNORECASE,
)
_INVITES = re.compile(
    r"(?:give me|click|tap|show|see|view|reveal|display|toggle|expand|open|check|get|hide|read|unhide"
    r"|zobacz|pokaż|sprawdź|voir|afficher|ver|mostrar"
    r"|mostra|zeige?|anzeigen|показать|показати|посмотреть|查看|显示|顯示|点击|點擊)(?![^\W\d_]|(?<=[a-z])')|[查显顯点點]",
    re.IGNORECASE,
)


def opens_answer(text: str) -> bool:
    """What unfolds a solution: "Click to see the answer", but not those of all questions at once."""
    if len(text) > 60 or len(text.split()) > 7 or text.endswith(("?", "？")):
        return False
    return bool(_TOLD.search(text)) and not _ALL.search(text)


_REVEALS = re.compile(
    r"(?:check|reveal|spoiler|show|click to (?:reveal|check|show|expand|view)|(?:ein|aus)klappen|anzeigen|afficher|mostrar|mostra"
    r"|feedback|devolutiva|retroalimentación|pokaż|показать|показати"
    r"|展开|点击展开|點擊展開|查看|クリックで展開|表示|보기|펼치기)\W*",
    re.IGNORECASE,
)


def reveals(text: str) -> bool:
    """What a fold's head says when it need not say what it hides."""
    return bool(_REVEALS.fullmatch(text))


_HINTED = re.compile(rf"(?<![^\W\d_])(?:{alternatives('hint')})(?![^\W\d_])", re.IGNORECASE)


def opens_hint(text: str) -> bool:
    """ "Give me a hint" on a fold's head"""
    return len(text) < 60 and bool(_INVITES.match(text) and _HINTED.search(text))


def invites(text: str) -> bool:
    """A line that offers to unfold a solution, wherever it stands."""
    return bool(_INVITES.match(text)) and opens_answer(text)
