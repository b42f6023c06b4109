"""What an element's whole class, id, role and data tokens call it: exercise, question, solution, hint, or nothing of ours."""

import re
from functools import lru_cache
from typing import Literal

from vwi_lake.qa.words import words
from vwi_lake.web.document import Node, Tree

Called = Literal["exercise", "example", "question", "solution", "hint", "group"]

NAMES: dict[Called, str] = {
    "exercise": (
        "exercise exercice ejercicio esercizio exercicio aufgabe uebung übung zadanie cwiczenie úloha uloha opgave oefening "
        "uppgift feladat zadatak naloga problem challenge checkpoint exo puzzle tarea soal latihan activity "
        "actividad atividade activite assignment"
    ),
    "example": "example beispiel exemple ejemplo esempio exemplo przyklad przykład workedexample illustration",
    "question": "question pregunta frage domanda pergunta pytanie vraag qtext questiontext enunciado enonce énoncé ques quest qu",
    "solution": (
        "solution solutions answer answers soln sol solucion solución solucao solução resposta respuesta reponse réponse "
        "corrige corrigé correction loesung lösung losung antwort musterloesung soluzione risposta svolgimento rozwiazanie "
        "rozwiązanie odpowiedz odpowiedź reseni řešení odpoved megoldas megoldás oplossing antwoord lösning losning svar "
        "ratkaisu jawaban pembahasan explanation feedback acceptedanswer suggestedanswer specificfeedback generalfeedback "
        "rightanswer modelanswer ans"
    ),
    "group": (
        "exercises problems questions quiz quizzes exercices ejercicios esercizi exercicios aufgaben uebungen übungen "
        "zadania pytania ulohy úlohy opgaven practices assessments qna problemset exerciselist homework reviewquestions worksheet"
    ),
    "hint": "hint hints indication tip hinweis tipp indice pista wskazowka wskazówka suggerimento clue",
}
# parts that may stand beside a name without changing what it says, as those of one or two letters and numbers may: "exercise-box",
# "question-text", "js-solution", "answer-12"
_NEUTRAL = words(
    "box block body content contents text item container wrapper wrap panel inner outer like card div env environment ptx "
    "main area cell section part full details detail title description single row col entry list set post quiz exam test multi "
    "multiple choice short long practice review conceptual critical thinking worked sample collapse collapsible accordion "
    "toggle hidden hide show spoiler dropdown callout admonition knowl theorem thm amsthm accepted best top right correct "
    "model final the step rich statement"
)
_TITLES = frozenset(("title", "main", "row", "area"))
_SPLIT = re.compile(r"[-_:./\s]+|(?<=[a-z])(?=[A-Z])")
_NUMBERED = re.compile(r"\d[\d.]*[a-z]?|[a-z]?\d*|[ivx]+")
_BY_NAME: dict[str, Called] = {name: called for called, names in NAMES.items() for name in names.split()}
_NAMING = (
    *("class", "role", "data-type", "data-role", "data-kind", "data-element", "data-component", "data-testid", "data-label", "epub:type"),
    *("itemprop", "id", "name"),
)
_FREE = frozenset(
    ("class", "data-component", "data-testid", "data-label")
)  # where a site's own words may stand before a name: "bix-question"
# what turns a name into something else when it stands before it: "has-solution", "related-question"
_TURNING = words(
    "has have had is was are no not non un in without with ask asked get got see view submit send add new edit next prev previous related "
    "similar popular latest recent other all any your our my this that for per by to from on of a an the random daily more most hot "
    "survey poll vote contact search site page business security wrong bad body"
)
_NEVER = words(
    "html body main a button input select option label img svg form h1 h2 h3 h4 h5 h6 nav header footer textarea iframe code "
    "pre script b strong i em abbr small sup sub br #text math summary link cite time ul"
)


_ASKED_FOR = frozenset(("short", "long", "free"))  # "short-answer": what kind of answer a set of questions wants
MOST_TOKENS = 40  # of an attribute; more are no name


def called(node: Node) -> Called | None:
    """By class first, then role and data attributes, then id: only where a whole token says so."""
    if "-" in node.tag and (found := name_of(node.tag, True)):
        return found  # a custom element
    if not node.attrs or node.tag in _NEVER:
        return None
    for attribute in _NAMING:
        if value := node.attrs.get(attribute):
            if attribute == "id":
                value = value.partition(" ")[0]
            tokens = value.split()[:MOST_TOKENS]
            for token in tokens:
                if found := name_of(token, attribute in _FREE) or modifier(token, tokens):
                    return found
    return None


def is_solution_like(node: Node) -> bool:
    """A hint that its page lists among the solutions."""
    return any(name_of(token) == "solution" for token in (node.attrs.get("class") or "").split())


def modifier(token: str, tokens: list[str]) -> Called | None:
    """What a token adds to another one of its element: "textbox textbox--exercises"."""
    base = next((other for other in tokens if other != token and token.startswith((f"{other}-", f"{other}_"))), None)
    return name_of(token[len(base) :]) if base else None


@lru_cache(maxsize=8192)
def name_of(token: str, free: bool = False) -> Called | None:
    """ "quiz-question" and "ExerciseBox" count, "question-header" and "hasSolution" don't; `free`: unknown words may come first."""
    parts = [part for one in _SPLIT.split(token) if one for part in unglued(one.lower())]
    if not parts or len(parts) > 6:
        return None
    if parts[0] in _ASKED_FOR and len(parts) > 1:
        return None
    named = [_BY_NAME[part] for part in parts if part in _BY_NAME]
    if free and named:
        parts = own_parts(parts)
    if not named or not all(part in _BY_NAME or part in _NEUTRAL or len(part) < 3 or _NUMBERED.fullmatch(part) for part in parts):
        return None
    if ("list" in parts or "set" in parts) and "item" not in parts:
        return "group"
    if named[-1] in ("solution", "hint") and not _TITLES.isdisjoint(parts):
        return None
    return named[-1]


_GLUED = re.compile(
    "({0})({1})|({1})({0})".format(
        "|".join(sorted((name for name in _BY_NAME if len(name) > 4), key=len, reverse=True)),
        "box|block|body|contents|content|text|items|item|container|wrapper|wrap|panel|inner|outer|card|div|area|section|list|set",
    )
)


def unglued(part: str) -> list[str]:
    """ "solutionbox" and "textcorrige" are two words."""
    glued = None if part in _BY_NAME else _GLUED.fullmatch(part)
    return [word for word in glued.groups() if word] if glued else [part]


def own_parts(parts: list[str]) -> list[str]:
    """Parts from the first name on, where a site's own words precede it and none of them turns it."""
    first = next(i for i, part in enumerate(parts) if part in _BY_NAME)
    return parts if not _TURNING.isdisjoint(parts[:first]) else parts[first:]


MOST_CHOICES, LONGEST_CHOICE = 10, 300
_CHOICE = re.compile(
    r"(?:^|[\s_-])(?:answers?|options?|choices?|alternatives?|alternativas?|distractors?|responses?|antworten?|r[eé]ponses?|choix"
    r"|respuestas?|opciones|risposte|odpowied\w*|opts?)(?=$|[\s_\d-])",
    re.I,
)
_POLLS = words("poll polls survey vote voting")
_FEEDBACK = re.compile(r"(?:^|[\s_-])(?:feedback|explanation|rationale)(?=$|[\s_-])", re.I)


def offered(tree: Tree, node: Node) -> list[Node]:
    """The choices an element offers: two or more short children of it that are all called answers, options or choices."""
    if len(node.children) > 6 * MOST_CHOICES:
        return []
    passed = ("#text", "br", "hr", "input", *(("p",) if node.tag == "ul" else ()))
    children = [child for child in node.children if child.tag not in passed and not is_feedback(child)]
    called_so = node.tag in ("ul", "ol") and _CHOICE.search(names(node))
    if not 2 <= len(children) <= MOST_CHOICES or not (called_so or all(_CHOICE.search(names(child)) for child in children)):
        return []
    short = all(sum(len(n.text) for n in tree.nodes[child.index : child.end]) < LONGEST_CHOICE for child in children)
    return children if short else []


TICKS = "✓✔✅☑\ufe0f"


def ticked(tree: Tree, node: Node) -> list[Node]:
    """Those items of a list that end with a tick, where others do not."""
    items = [child for child in node.children if child.tag == "li"] if node.tag in ("ol", "ul") else []
    found = [item for item in items if 2 <= len(items) <= MOST_CHOICES and ends_ticked(tree, item)]
    return found if len(found) < len(items) else []


def ends_ticked(tree: Tree, item: Node) -> bool:
    last = next((n.text for n in reversed(tree.nodes[item.index : item.end]) if n.text.strip()), "")
    return last.strip().endswith(tuple(TICKS))


def is_poll(node: Node) -> bool:
    """A question to which no answer is right."""
    return bool(node.attrs) and any(part.lower() in _POLLS for part in _SPLIT.split(names(node)))


def is_feedback(node: Node) -> bool:
    return bool(_FEEDBACK.search(names(node)))


def names(node: Node) -> str:
    return (
        f"{node.attrs.get('class') or ''} {node.attrs.get('data-component') or ''} {node.attrs.get('data-type') or ''}"
        if node.attrs
        else ""
    )


_REPLIES = words(
    "answer answers acceptedanswer suggestedanswer antwort respuesta resposta reponse réponse risposta odpowiedz odpověď "
    "antwoord svar jawaban"
)


def is_reply(node: Node) -> bool:
    """Is it called an answer, as those of a thread are, and not a solution?"""
    told = f"{node.attrs.get('class') or ''} {node.attrs.get('itemprop') or ''} {(node.attrs.get('itemtype') or '').rsplit('/', 1)[-1]}"
    return any(part.lower() in _REPLIES for part in _SPLIT.split(told))


def is_accepted(node: Node) -> bool:
    """An answer that its thread marks as the accepted or best one."""
    told = f"{node.attrs.get('class') or ''} {node.attrs.get('itemprop') or ''} {node.attrs.get('id') or ''}".lower()
    return any(part in ("accepted", "acceptedanswer", "best", "solved", "chosen") for part in re.split(r"[\s_-]+", told))


def is_figure(node: Node) -> bool:
    parts = f"{node.attrs.get('class') or ''} {node.attrs.get('id') or ''}".lower() if node.attrs else ""
    return any(part in ("figure", "fig", "image", "float") for part in re.split(r"[^a-z]+", parts))


_FOLDED = words("toggle togglecontent spoiler collapse collapsed collapsible dropdown mw-collapsible")


def is_folded(node: Node) -> bool:
    """A box that a script or its style opens."""
    return bool(node.attrs) and not _FOLDED.isdisjoint((node.attrs.get("class") or "").lower().split())
