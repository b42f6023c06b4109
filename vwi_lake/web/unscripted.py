"""Drop scripts and style sheets before parsing: half of many pages, and no content."""

import re

_BLOCK = re.compile(r"<(script|style)\b([^>]*+)>([^<]*+(?:<(?!/\1\b)[^<]*+)*+)</\1\s*>", re.I)
_UNSURE = re.compile(r"<(?:!--|script|style)", re.I)  # where it ends is for the parser to say
_VERBATIM = re.compile(r"<(textarea|xmp|plaintext)\b[^<]*+(?:<(?!/\1\b|(?:script|style)\b)[^<]*+)*+<(?:script|style)\b", re.I)
DRAWING = 5000  # characters that an SVG may hold before its style sheet


def without_scripts(html: str) -> str:
    """The page less its scripts and style sheets, where these can be told without parsing; TeX in scripts stays."""
    if any(tag in html for tag in ("<textarea", "<xmp", "<plaintext", "<TEXTAREA", "<XMP")) and _VERBATIM.search(html):
        return html  # there it is text
    return _BLOCK.sub(dropped, html)


def dropped(match: re.Match[str]) -> str:
    name, attributes, body = match.groups()
    kept = "-->" in body or ("<" in body and _UNSURE.search(body)) or "math/tex" in attributes or attributes.endswith("/")
    return match[0] if kept or (name in "styleSTYLE" and is_in_drawing(match.string, match.start())) else ""


def is_in_drawing(html: str, at: int) -> bool:
    """An SVG's own style sheet says how it looks."""
    return html.rfind("<svg", max(0, at - DRAWING), at) > html.rfind("</svg", max(0, at - DRAWING), at)
