"""Drop scripts and style sheets before parsing: half of many pages, and no content."""

import re

_OPEN = re.compile(r"<(?=[stx])(script|style|textarea|xmp)\b", re.I)
_CLOSE = {name: re.compile(rf"</{name}\s*>", re.I) for name in ("script", "style", "textarea", "xmp")}
_UNSURE = re.compile(r"<(?:!--|script|style)", re.I)  # where it ends is for the parser to say
DRAWING = 5000  # characters that an SVG may hold before its style sheet


def without_scripts(html: str) -> str:
    """The page less its scripts and style sheets, where these can be told without parsing; TeX in scripts stays."""
    pieces, copied, at = [], 0, 0
    endless = set[str]()  # what is looked for once and never closed
    while opened := _OPEN.search(html, at):
        name, inside = opened[1].lower(), html.find(">", opened.end()) + 1
        if not inside:
            break
        closed = None if name in endless else _CLOSE[name].search(html, inside)
        if closed is None:
            endless.add(name)
            at = opened.end()
            continue
        at = closed.end()
        if is_script(name, html[opened.end() : inside - 1], html[inside : closed.start()]) and not (
            name == "style" and is_in_drawing(html, opened.start())
        ):
            pieces.append(html[copied : opened.start()])
            copied = at
    return "".join(pieces) + html[copied:] if copied else html


def is_script(name: str, attributes: str, body: str) -> bool:
    if name in ("textarea", "xmp") or "math/tex" in attributes or attributes.endswith("/"):
        return False  # there it is text, or TeX, or an element without content in SVG
    return "-->" not in body and not ("<" in body and _UNSURE.search(body))


def is_in_drawing(html: str, at: int) -> bool:
    """An SVG's own style sheet says how it looks."""
    return html.rfind("<svg", max(0, at - DRAWING), at) > html.rfind("</svg", max(0, at - DRAWING), at)
