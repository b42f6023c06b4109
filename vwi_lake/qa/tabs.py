"""Panels of tabs, titled by the tabs above them: "Problem | Hint | Solution"."""

from collections.abc import Iterator

from vwi_lake.qa.labels import ASIDES
from vwi_lake.qa.leadins import lead_in
from vwi_lake.qa.regions import Page
from vwi_lake.web.document import Node, Tree

MOST_TABS = 12


def tabbed(page: Page) -> dict[int, str]:
    """Panels that their tabs call a solution or a hint, by index; the tabs themselves are a plan, which is no part of a question."""
    found: dict[int, str] = {}
    waiting: list[str] = []
    for node in page.tree.nodes:
        role = node.attrs.get("role") if node.attrs else None
        if role == "tablist":
            tabs = [tab for tab in page.tree.nodes[node.index : node.end] if tab.attrs and tab.attrs.get("role") == "tab"]
            waiting = [told(page.tree, tab) for tab in tabs[:MOST_TABS]]
            if any(waiting):
                found[node.index] = "plan"
        elif role == "tabpanel":
            tab = page.anchors.get(node.attrs.get("aria-labelledby") or "")
            kind = told(page.tree, tab) if tab else waiting[0] if waiting else ""
            waiting = waiting[1:]
            if kind:
                found[node.index] = kind
        elif role is None and "tab" in (node.attrs.get("class") or "" if node.attrs else ""):
            found.update(switched(page.tree, node))
    return found


def switched(tree: Tree, node: Node) -> Iterator[tuple[int, str]]:
    """Panels that radio buttons switch, beside labels or below a row of them."""
    inner = [child for child in node.children if child.tag not in ("#text", "input")]
    if len(inner) != 2:  # the labels and the panels
        return
    labels, panels = ([child for child in half.children if child.tag != "#text"] for half in inner)
    if not all(label.tag in ("label", "a", "button", "li") for label in labels):
        return
    kinds = [told(tree, label) for label in labels[:MOST_TABS]]
    if len(labels) == len(panels) and any(kinds):
        yield inner[0].index, "plan"
        yield from ((panel.index, kind) for panel, kind in zip(panels, kinds, strict=False) if kind)


def told(tree: Tree, tab: Node) -> str:
    """What a tab's name says of its panel, where it is no part of what is asked."""
    label = lead_in(" ".join("".join(n.text for n in tree.nodes[tab.index : tab.end]).split()), True)
    return label.kind if label and label.kind in ASIDES and not label.rest else ""
