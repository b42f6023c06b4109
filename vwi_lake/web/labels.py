"""Accessible names of a tree's nodes, from what the tree holds: AccName 1.2 without what is hidden (names.py does that, too)."""

from vwi_lake.web.document import BLOCKS, Node
from vwi_lake.web.names import FROM_CONTENT

LABELABLE = frozenset(("input", "select", "textarea", "meter", "output", "progress"))
NAMING = {"fieldset": "legend", "figure": "figcaption", "table": "caption"}
BUTTONS = {"submit": "Submit", "reset": "Reset", "button": "", "image": "Submit"}


def set_names(nodes: list[Node], named: list[Node]) -> None:
    """Inner elements first: an outer name is made of theirs."""
    ids = {name: node for node in nodes if node.attrs and (name := node.attrs.get("id"))} if any(refers(n) for n in named) else {}
    labels = (
        {target: n for n in nodes if n.tag == "label" and (target := n.attrs.get("for"))} if any(n.tag in LABELABLE for n in named) else {}
    )
    for node in reversed(named):
        attrs = node.attrs
        if not attrs and node.tag not in NAMING and node.tag not in LABELABLE:
            node.name = content(nodes, node)
        elif "aria-labelledby" in attrs and (
            said := " ".join(content(nodes, ids[i]) for i in (attrs["aria-labelledby"] or "").split() if i in ids)
        ):
            node.name = said
        else:
            node.name = (
                (attrs.get("aria-label") or "").strip()
                or host(nodes, node, labels)
                or (attrs.get("title") or attrs.get("placeholder") or "").strip()
            )


def refers(node: Node) -> bool:
    return "aria-labelledby" in node.attrs


def host(nodes: list[Node], node: Node, labels: dict[str, Node]) -> str:
    """What the markup language or the content names."""
    tag, attrs = node.tag, node.attrs
    if tag in ("img", "area"):
        return (attrs.get("alt") or "").strip()
    if tag in LABELABLE:
        label = labels.get(attrs.get("id") or "") or next((a for a in around(node) if a.tag == "label"), None)
        value = (attrs.get("value") or BUTTONS.get(attrs.get("type") or "", "")) if attrs.get("type") in BUTTONS else ""
        return value or (content(nodes, label) if label else "")
    if tag in NAMING:
        naming = next((child for child in node.children if child.tag == NAMING[tag]), None)
        return content(nodes, naming) if naming else ""
    return content(nodes, node) if node.role in FROM_CONTENT else node.image.alt if node.image else ""


def around(node: Node) -> list[Node]:
    found: list[Node] = []
    while len(found) < 4 and node.parent:  # a control's own label is near
        node = node.parent
        found.append(node)
    return found


def content(nodes: list[Node], node: Node) -> str:
    """The text below, with the names of what has one: blocks stand apart."""
    children = node.children
    if len(children) == 1 and children[0].tag == "#text":
        return children[0].text.strip()
    pieces, i = [], node.index + 1
    while i < node.end:
        inner = nodes[i]
        i += 1
        if inner.text:
            pieces.append(inner.text)
        elif inner.name and (inner.image or "aria-label" in inner.attrs):
            pieces.append(inner.name)
            i = inner.end
        elif inner.tag in BLOCKS or inner.tag == "br":
            pieces.append(" ")
    return " ".join("".join(pieces).split())
