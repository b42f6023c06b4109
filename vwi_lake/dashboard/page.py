"""The page itself: one HTML frame, whose scripts and styles are linked (served) or written into it (one file)."""

import base64
import json
from functools import cache
from pathlib import Path
from string import Template

STATIC = Path(__file__).parent / "static"
MODULES = ("data", "dom", "text", "charts", "yields", "work", "quality", "pairs", "pair", "rejected", "app")  # imported as vwi/<name>
LIBRARIES = ("vendor/uplot-1.6.32.min.js", "vendor/temml-0.13.5.min.js")
STYLES = ("vendor/uplot-1.6.32.min.css", "vendor/temml-0.13.5.css", "style.css")
FONT = "vendor/Temml.woff2"
# No script but ours runs: page content is text to us, and what should slip through finds no nonce.
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; "
SERVED = (
    "script-src 'nonce-{nonce}' 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'"
)
WHOLE = "script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'nonce-{nonce}'; img-src data:; font-src data:"


@cache
def text_of(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def policy(nonce: str, is_served: bool) -> str:
    return POLICY + (SERVED if is_served else WHOLE).format(nonce=nonce)


def served(nonce: str) -> str:
    """The frame with links to /static/."""
    return _frame(
        nonce,
        meta="",
        styles="\n".join(f'<link rel="stylesheet" href="static/{name}">' for name in STYLES),
        modules={f"vwi/{name}": f"./static/{name}.js" for name in MODULES},
        libraries="\n".join(f'<script src="static/{name}" nonce="{nonce}" defer></script>' for name in LIBRARIES),
        data="",
    )


def whole(nonce: str, data: str) -> str:
    """The frame with all in it; `data` is JSON without '<'."""
    font = base64.b64encode((STATIC / FONT).read_bytes()).decode()
    css = [text_of(name).replace("url('Temml.woff2')", f"url('data:font/woff2;base64,{font}')") for name in STYLES]
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(nonce, is_served=False)}">'
    return _frame(
        nonce,
        meta=meta,
        styles="\n".join(f'<style nonce="{nonce}">{text}</style>' for text in css),
        modules={f"vwi/{name}": _data_url(text_of(f"{name}.js")) for name in MODULES},
        libraries="\n".join(f'<script nonce="{nonce}">{_inline(text_of(name))}</script>' for name in LIBRARIES),
        data=f'<script type="application/json" id="data" nonce="{nonce}">{data}</script>',
    )


def _frame(nonce: str, modules: dict[str, str], **parts: str) -> str:
    return Template(text_of("index.html")).substitute(nonce=nonce, imports=json.dumps({"imports": modules}), **parts)


def _data_url(script: str) -> str:
    return "data:text/javascript;base64," + base64.b64encode(script.encode()).decode()


def _inline(script: str) -> str:
    """A script as it may stand in HTML: nothing in it ends the element."""
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
