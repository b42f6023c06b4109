"""Accessible names (AccName 1.2): steps 2A to 2I in their order, HTML-AAM for what the markup itself names."""

import re
from dataclasses import dataclass, replace

from vwi_lake.web.dom import Dom, Element
from vwi_lake.web.roles import computed_role
from vwi_lake.web.wordlists import among

FROM_CONTENT = among(
    """
    button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option radio row rowheader switch
    tab tooltip treeitem
    """
)
_INLINE = among(
    """
    a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark math nobr picture q ruby s samp slot small span
    strike strong sub sup svg time tt u var wbr
    """
)
_DISPLAY = re.compile(r"(?:^|;)\s*display\s*:\s*([\w-]+)", re.I)
_LABELABLE = frozenset(["button", "input", "meter", "output", "progress", "select", "textarea"])
_WHITE = "\t\n\x0c\r "
_SPACES = re.compile(f"[{_WHITE}]+")
MAX_DEPTH = 120  # what nests deeper is no part of a name, and Python's stack is short


@dataclass(slots=True, frozen=True)
class Way:
    """How the computation came to an element."""

    nested: bool = False  # from the content or the label of another
    referenced: bool = False  # below an aria-labelledby: not followed twice
    hidden_too: bool = False  # the referenced element is hidden itself: so is all below, and it counts
    depth: int = 0
    seen: frozenset[int] = frozenset()


def name_of(dom: Dom, element: Element) -> str:
    return tidy(compute(dom, element, Way(hidden_too=element.hidden)))


def tidy(name: str) -> str:
    return _SPACES.sub(" ", name).strip(_WHITE)


def compute(dom: Dom, element: Element, way: Way) -> str:  # noqa: PLR0911  # the standard's steps, each with its own answer
    if (element.hidden and not way.hidden_too) or id(element) in way.seen or way.depth > MAX_DEPTH:
        return ""
    way = replace(way, seen=way.seen | {id(element)})
    if not way.referenced and (name := labelled_by(dom, element, way)):
        return name
    role = computed_role(element)
    if way.nested and (value := embedded_value(dom, element, role, way)) is not None:
        return value
    if tidy(label := element.get("aria-label")):
        return label
    if tidy(named := host_name(dom, element, way)):
        return named
    from_content = role in FROM_CONTENT or element.tag == "summary" or way.nested or way.referenced
    inner = content(dom, element, way) if from_content else ""
    if tidy(inner):
        return inner
    placeholder = element.get("placeholder") if role in ("textbox", "searchbox", "combobox", "spinbutton") else ""
    return element.get("title") or placeholder or inner  # white space alone still parts two words


def labelled_by(dom: Dom, element: Element, way: Way) -> str:
    found = [dom.ids[name] for name in element.get("aria-labelledby").split() if name in dom.ids]
    step = replace(way, referenced=True, nested=False, depth=way.depth + 1, seen=frozenset())
    return " ".join(compute(dom, target, replace(step, hidden_too=target.hidden)) for target in found)


def embedded_value(dom: Dom, element: Element, role: str, way: Way) -> str | None:
    """2C: a control within another's label stands for its value."""
    if role in ("textbox", "searchbox"):
        return element.get("value") if element.tag == "input" else content(dom, element, way)
    if role in ("combobox", "listbox"):
        return element.get("value") if element.tag == "input" else chosen(dom, element, way)
    if role in ("slider", "spinbutton", "scrollbar", "progressbar", "meter"):
        return element.get("aria-valuetext") or element.get("aria-valuenow") or element.get("value")
    return None


def chosen(dom: Dom, element: Element, way: Way) -> str:
    options = [e for e in element.descendants() if e.tag == "option" or computed_role(e) == "option"]
    for owned in element.get("aria-owns").split():
        if owned in dom.ids:
            options += [e for e in dom.ids[owned].descendants() if computed_role(e) == "option"]
    picked = [e for e in options if "selected" in e.attrs or e.get("aria-selected") == "true"]
    if not picked and element.tag == "select" and computed_role(element) == "combobox":
        picked = options[:1]
    if not picked and not options:
        return content(dom, element, way)
    return " ".join(content(dom, option, way) for option in picked)


def host_name(dom: Dom, element: Element, way: Way) -> str:  # noqa: PLR0911  # one answer a kind of element
    """2E: the name the markup language gives."""
    tag = element.tag
    if tag in ("img", "area"):
        return element.get("alt")
    if tag in _LABELABLE and (label := label_text(dom, element, way)):
        return label
    if tag == "input":
        return input_name(element)
    if tag in ("optgroup", "option"):
        return element.get("label")
    if wanted := _NAMING_CHILD.get(tag):
        for child in element.children:
            if isinstance(child, Element) and child.tag == wanted:
                if tag == "svg" or wanted == "title":
                    return plain(child)
                return compute(dom, child, replace(way, nested=True, depth=way.depth + 1))
    title = next((c for c in element.children if isinstance(c, Element) and c.tag == "title"), None)
    if (title or "xlink:title" in element.attrs) and any(a.tag == "svg" for a in element.ancestors()):
        return plain(title) if title else element.get("xlink:title")
    return ""


_NAMING_CHILD = {"fieldset": "legend", "figure": "figcaption", "table": "caption", "svg": "title"}


def input_name(element: Element) -> str:
    kind = element.get("type").lower()
    if kind in ("button", "submit", "reset"):
        return element.get("value") or {"submit": "Submit", "reset": "Reset"}.get(kind, "")
    if kind == "image":
        return element.get("alt") or element.get("title") or "Submit Query"
    return ""


def label_text(dom: Dom, element: Element, way: Way) -> str:
    labels = list(dom.labels.get(element.get("id"), ())) if element.get("id") else []
    around = next((a for a in element.ancestors() if a.tag == "label" and not a.get("for")), None)
    if around and around not in labels:
        labels.append(around)
    step = replace(way, nested=True, depth=way.depth + 1)
    return " ".join(filter(tidy, (compute(dom, label, step) for label in labels)))


def plain(element: Element) -> str:
    parts = [c if isinstance(c, str) else plain(c) for c in element.children] if element.depth < 300 else []
    return "".join(parts)


def content(dom: Dom, element: Element, way: Way) -> str:
    """2F: the names of the children, owned ones last; what is no inline text stands apart."""
    step = replace(way, nested=True, depth=way.depth + 1)
    parts: list[str] = []
    for child in element.children:
        if isinstance(child, str):
            parts.append(child)
        elif child.tag == "br":
            parts.append(" ")
        elif not owned_elsewhere(dom, child, element):
            parts.append(spaced(child, compute(dom, child, step)))
    if not element.hidden:
        parts += [f" {compute(dom, owned, replace(step, hidden_too=True))} " for owned in owned_by(dom, element)]
    return "".join(parts)


def owned_by(dom: Dom, element: Element) -> list[Element]:
    """What aria-owns moves here; moved, it is free of its ancestors' aria-hidden, not of its own."""
    found = [dom.ids[name] for name in element.get("aria-owns").split() if name in dom.ids and dom.owners.get(name) is element]
    return [e for e in found if not (e.removed or e.invisible or e.get("aria-hidden") == "true")]


def owned_elsewhere(dom: Dom, child: Element, parent: Element) -> bool:
    owner = dom.owners.get(child.get("id")) if child.get("id") else None
    return owner is not None and not owner.hidden and (owner is not parent or not child.hidden)


def spaced(element: Element, name: str) -> str:
    display = _DISPLAY.search(element.get("style"))
    inline = display[1].lower() in ("inline", "contents") if display else element.tag in _INLINE
    return name if inline else f" {name} "
