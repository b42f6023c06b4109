"""What on a page is not its content: marked, never deleted. Roles, landmarks, whole class and id tokens, link density."""

import re

from vwi_lake.web.document import Node

LANDMARKS = frozenset(("navigation", "banner", "contentinfo", "search", "menu", "menubar"))
TOKENS = frozenset(
    [
        "nav",
        "navbar",
        "navigation",
        "menu",
        "breadcrumb",
        "breadcrumbs",
        "sidebar",
        "footer",
        "cookie",
        "cookies",
        "cookiebar",
        "cookie-banner",
        "cookie-notice",
        "ad",
        "ads",
        "advert",
        "advertisement",
        "banner-ad",
        "social",
        "share",
        "sharing",
        "share-buttons",
        "related",
        "related-posts",
        "newsletter",
        "pagination",
        "pager",
        "site-footer",
        "site-header",
        "skip-link",
        "comments-form",
    ]
)
_SPACES = re.compile(r"\s+")


def mark(nodes: list[Node]) -> None:
    """Set boilerplate on the nodes, a whole subtree at a time."""
    i = 0
    while i < len(nodes):
        node = nodes[i]
        if node.tag != "#text" and is_boilerplate(node):
            for inner in nodes[i : node.end]:
                inner.boilerplate = True
            i = node.end
        else:
            i += 1


def tokens(attrs: dict[str, str | None]) -> set[str]:
    return set(_SPACES.split(f"{attrs.get('class') or ''} {attrs.get('id') or ''}".lower()))


def is_boilerplate(node: Node) -> bool:
    if node.tag in ("body", "html", "main"):
        return False
    if node.role in LANDMARKS:
        return True
    return bool(node.attrs) and not TOKENS.isdisjoint(tokens(node.attrs))
