"""Panels of tabs, titled by the tabs above them: "Problem | Hint | Solution"."""

from vwi_lake.qa.leadins import lead_in
from vwi_lake.qa.regions import ASIDES, Page
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
    return found


def told(tree: Tree, tab: Node) -> str:
    """What a tab's name says of its panel, where it is no part of what is asked."""
    label = lead_in(" ".join("".join(n.text for n in tree.nodes[tab.index : tab.end]).split()), True)
    return label.kind if label and label.kind in ASIDES and not label.rest else ""
