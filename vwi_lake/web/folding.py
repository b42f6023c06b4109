"""Hidden or folded: a solution behind a toggle is content, a hidden menu is not."""

import re
from functools import lru_cache

from vwi_lake.web.wordlists import among

Attrs = dict[str, str | None]

# what hides until asked for, by whole words of class, id and role
FOLDS = among(
    """
    answer answers ans solution solutions sol spoiler spoilers accordion collapse collapsible collapsed tab tabs tabpanel pane panel
    modal toggle toggled togglable toggleable hint hints expand expandable expander reveal revealable explanation feedback fold folded
    foldable folding navcontent details proof choice choices option question problem exercise quiz antwort antworten loesung lösung solucion
    solución respuesta respuestas reponse réponse corrige corrigé correction odpowiedz odpowiedź rozwiazanie rozwiązanie resposta
    soluzione risposta aufgabe frage exercice ejercicio pregunta esercizio domanda zadanie pytanie ответ ответы
    решение відповідь 答案 解答 解析
    """
)
# shown or not by style sheets that are not read: folded all the same
FOLDED_TOKENS = among(
    """
    collapse collapsed collapsible accordion-collapse accordion-body accordion-content accordion-panel tab-pane tabpanel tab-panel modal
    spoiler spoiler-content spoiler-body hidden-content toggle-content toggle_content
    """
)
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_WORD = re.compile(r"[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|[A-Z][^\W\d_A-Z]+")
_CONTROLS = re.compile(r"""(?:aria-controls|data-[\w-]{0,30}(?:target|toggle|content)|onclick|href=["']?javascript:)([^<>]*)""", re.I)
_NAMED = re.compile(r"""(?<=['"#=])(?=([\w-]+))([^\s'"<>=#();,]+)""")  # as a word, and with the dots or colons in it
_BESIDE = re.compile(r"""onclick=["'][^"'<>]{0,200}\bthis\b""", re.I)


parts = _WORD.findall  # of a name: at '-', '_' and capitals


@lru_cache(65536)
def words(name: str) -> frozenset[str]:
    """The words of a class or id name: itself, and its parts at '-', '_' and capitals."""
    return frozenset((name.lower(), *(part.lower() for part in parts(name))))


def words_of(names: str) -> frozenset[str]:
    return frozenset().union(*map(words, names.split()))


def names_of(attrs: Attrs) -> str:
    return f"{attrs.get('class') or ''} {attrs.get('id') or ''}"


def is_hidden(attrs: Attrs) -> bool:
    """Hidden by itself: the attribute, ARIA or an inline style."""
    if "hidden" in attrs:
        return True
    if (attrs.get("aria-hidden") or "").lower() == "true":
        return True
    return bool((style := attrs.get("style")) and _HIDING.search(style))


def is_fold(attrs: Attrs, source: str) -> bool:
    """Whether something hidden is there to be opened: by its words, its role, or a control that names it."""
    if attrs.get("role") == "tabpanel" or attrs.get("hidden") == "until-found" or not FOLDS.isdisjoint(words_of(names_of(attrs))):
        return True
    if name := attrs.get("id"):
        return name in controlled(source)
    return not attrs.get("class") and opens_beside(source)  # nameless: only a script beside it can open it


@lru_cache(2)
def controlled(source: str) -> frozenset[str]:
    """The ids that buttons of a page open: by aria-controls, data-target, or a script in onclick."""
    found: set[str] = set()
    for control in _CONTROLS.finditer(source):
        found.update(name for names in _NAMED.findall(control[1]) for name in names)
    return frozenset(found)


@lru_cache(2)
def opens_beside(source: str) -> bool:
    """Does a button's script look for what stands beside it?"""
    return _BESIDE.search(source) is not None
