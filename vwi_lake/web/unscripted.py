"""Drop scripts and style sheets before parsing: half of many pages, and no content."""

import re

_BLOCK = re.compile(r"<(script|style|textarea|xmp)\b([^>]*+)>([^<]*+(?:<(?!/\1\b)[^<]*+)*+)</\1\s*>", re.I)
_UNSURE = re.compile(r"<(?:!--|script|style)", re.I)  # where it ends is for the parser to say
DRAWING = 5000  # characters that an SVG may hold before its style sheet


def without_scripts(html: str) -> str:
    """The page less its scripts and style sheets, where these can be told without parsing; TeX in scripts stays."""
    return _BLOCK.sub(dropped, html)


def dropped(match: re.Match[str]) -> str:
    name, attributes, body = match.groups()
    name = name.lower()
    kept = (
        name in ("textarea", "xmp")  # there it is text
        or "-->" in body
        or ("<" in body and _UNSURE.search(body))
        or "math/tex" in attributes
        or attributes.endswith("/")
        or (name == "style" and is_in_drawing(match.string, match.start()))
    )
    return match[0] if kept else ""


def is_in_drawing(html: str, at: int) -> bool:
    """An SVG's own style sheet says how it looks."""
    return html.rfind("<svg", max(0, at - DRAWING), at) > html.rfind("</svg", max(0, at - DRAWING), at)
