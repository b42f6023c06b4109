"""Accessible names of a tree's nodes, from what the tree holds: AccName 1.2 without what is hidden (names.py does that, too)."""

from vwi_lake.web.flat import BREAK, FORMULA_, TEXT, WORDS, Flat
from vwi_lake.web.names import FROM_CONTENT

LABELABLE = frozenset(("input", "select", "textarea", "meter", "output", "progress"))
NAMING = {"fieldset": "legend", "figure": "figcaption", "table": "caption"}
BUTTONS = {"submit": "Submit", "reset": "Reset", "button": "", "image": "Submit"}


Places = dict[str, int]


def set_names(flat: Flat, named: list[int]) -> None:
    """Inner elements first: an outer name is made of theirs."""
    starts, said, ends, names = flat.starts, flat.said, flat.ends, flat.names
    ids = places(flat, "id") if any("aria-labelledby" in said[i] for i in named) else {}
    labels = places(flat, "for", "label") if any(starts[i].tag in LABELABLE for i in named) else {}
    for i in reversed(named):
        start, head = starts[i], said[i]
        if start.plain and ends[i] == i + 2 and starts[i + 1] is TEXT and (name := said[i + 1].strip()):
            names[i] = name
            continue
        is_bare = " " not in head
        name = content(flat, i) if start.plain or (is_bare and start.tag not in NAMING and start.tag not in LABELABLE) else ""
        if not name and not (is_bare and start.plain):
            name = written(flat, i, ids, labels)
        if name:
            names[i] = name


def places(flat: Flat, attribute: str, tag: str = "") -> Places:
    """Which element bears a value, the last of several."""
    starts, spelt = flat.starts, f' {attribute}="'
    found = [i for i, said in enumerate(flat.said) if spelt in said and starts[i].spelt not in (WORDS, FORMULA_)]
    of = [i for i in sorted({*found, *flat.own}) if not tag or starts[i].tag == tag]
    return {value: i for i in of if (value := flat.attrs(i).get(attribute))}


def written(flat: Flat, node: int, ids: Places, labels: Places) -> str:
    attrs = flat.attrs(node)
    if "aria-labelledby" in attrs:
        said = " ".join(content(flat, ids[name]) for name in (attrs["aria-labelledby"] or "").split() if name in ids)
        if said:
            return said
    return (
        (attrs.get("aria-label") or "").strip()
        or host(flat, node, labels)
        or (attrs.get("title") or attrs.get("placeholder") or "").strip()
    )


def host(flat: Flat, node: int, labels: Places) -> str:
    """What the markup language or the content names."""
    start, attrs = flat.starts[node], flat.attrs(node)
    tag = start.tag
    if tag in ("img", "area"):
        return (attrs.get("alt") or "").strip()
    if tag in LABELABLE:
        label = labels.get(attrs.get("id") or "")
        label = label if label is not None else next((i for i in around(flat, node) if flat.starts[i].tag == "label"), None)
        value = (attrs.get("value") or BUTTONS.get(attrs.get("type") or "", "")) if attrs.get("type") in BUTTONS else ""
        return value or (content(flat, label) if label is not None else "")
    if tag in NAMING:
        naming = next((i for i in flat.children(node) if flat.starts[i].tag == NAMING[tag]), None)
        return content(flat, naming) if naming is not None else ""
    return content(flat, node) if start.role in FROM_CONTENT else flat.images[node].alt if node in flat.images else ""


def around(flat: Flat, node: int) -> list[int]:
    found: list[int] = []
    while len(found) < 4 and node:  # a control's own label is near
        node = flat.parents[node]
        found.append(node)
    return found


def content(flat: Flat, node: int) -> str:
    """The text below, with the names of what has one: blocks stand apart."""
    starts, said, ends = flat.starts, flat.said, flat.ends
    i, end = node + 1, ends[node]
    if i == end:
        return ""
    if i + 1 == end and starts[i] is TEXT:
        return said[i].strip()
    names, images, pieces = flat.names, flat.images, list[str]()
    while i < end:
        start = starts[i]
        if start.spelt == WORDS or start.spelt == FORMULA_:  # noqa: PLR1714  # a hot loop
            pieces.append(said[i])
        elif i in names and (i in images or ("aria-label" in said[i] and "aria-label" in flat.attrs(i))):
            pieces.append(names[i])
            i = ends[i]
            continue
        elif start.block or start.spelt == BREAK:
            pieces.append(" ")
        i += 1
    return " ".join("".join(pieces).split())
