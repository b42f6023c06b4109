"""One LaTeX spelling for formulas, whatever the page writes them in: MathML, MathJax, KaTeX, formula images."""

import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from vwi_lake.web.wordlists import among

_LETTERS = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψωϕϵϑΓΔΘΛΞΠΣΥΦΨΩ∞∑∏∫∂∇±∓×÷⋅·≤≥≠≈≡∼∝∈∉⊂⊃⊆⊇∪∩∅→←↔⇒⇐⇔∀∃¬∧∨∘∠⊥∥△…⋯ℏℓ√∣′″−",
        [
            r"\alpha",
            r"\beta",
            r"\gamma",
            r"\delta",
            r"\epsilon",
            r"\zeta",
            r"\eta",
            r"\theta",
            r"\iota",
            r"\kappa",
            r"\lambda",
            r"\mu",
            r"\nu",
            r"\xi",
            r"\pi",
            r"\rho",
            r"\sigma",
            r"\tau",
            r"\upsilon",
            r"\varphi",
            r"\chi",
            r"\psi",
            r"\omega",
            r"\phi",
            r"\varepsilon",
            r"\vartheta",
            r"\Gamma",
            r"\Delta",
            r"\Theta",
            r"\Lambda",
            r"\Xi",
            r"\Pi",
            r"\Sigma",
            r"\Upsilon",
            r"\Phi",
            r"\Psi",
            r"\Omega",
            r"\infty",
            r"\sum",
            r"\prod",
            r"\int",
            r"\partial",
            r"\nabla",
            r"\pm",
            r"\mp",
            r"\times",
            r"\div",
            r"\cdot",
            r"\cdot",
            r"\le",
            r"\ge",
            r"\ne",
            r"\approx",
            r"\equiv",
            r"\sim",
            r"\propto",
            r"\in",
            r"\notin",
            r"\subset",
            r"\supset",
            r"\subseteq",
            r"\supseteq",
            r"\cup",
            r"\cap",
            r"\emptyset",
            r"\to",
            r"\leftarrow",
            r"\leftrightarrow",
            r"\Rightarrow",
            r"\Leftarrow",
            r"\Leftrightarrow",
            r"\forall",
            r"\exists",
            r"\neg",
            r"\wedge",
            r"\vee",
            r"\circ",
            r"\angle",
            r"\perp",
            r"\parallel",
            r"\triangle",
            r"\dots",
            r"\cdots",
            r"\hbar",
            r"\ell",
            r"\surd",
            r"\mid",
            r"'",
            r"''",
            r"-",
        ],
        strict=True,
    )
)
_FUNCTIONS = among(
    """
    sin cos tan cot sec csc log ln lim max min exp det gcd arcsin arccos arctan sinh cosh tanh
    """
)
_INVISIBLE = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064\u200b\u200c\u200d\ufeff"))
_TEX_IN_ALT = re.compile(r"\\[a-zA-Z]+|[\^_]\{|[\w)]\^[\w(]|^\$.*\$$")
MAX_DEPTH = 60  # formulas nest by tens at most; deeper ones read as their text


def clean(tex: str) -> str:
    """Strip delimiters and wrappers: '\\( x \\)', '$x$', '{\\displaystyle x}' -> 'x'. Short formulas recur."""
    return short(tex) if len(tex) < 200 else stripped(tex)


@lru_cache(8192)
def short(tex: str) -> str:
    return stripped(tex)


def stripped(tex: str) -> str:
    tex = " ".join(tex.split())
    while True:
        before = tex
        for left, right in (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"), ("$", "$")):
            if tex.startswith(left) and tex.endswith(right) and len(tex) > len(left) + len(right):
                tex = tex[len(left) : -len(right)].strip()
        if match := re.fullmatch(r"\{\\(?:display|text)style\s*(.*)\}", tex):
            tex = match[1]
        tex = re.sub(r"^\\(?:displaystyle|textstyle)\b\s*", "", tex)
        if tex == before:
            return tex


def looks_like_tex(text: str) -> bool:
    return bool(_TEX_IN_ALT.search(text))


def of_math(node: LexborNode) -> str:
    """The LaTeX of a <math> element: its TeX annotation, else its alttext if TeX, else spelt from the markup."""
    for note in node.css("annotation"):
        if "tex" in (note.attributes.get("encoding") or "").lower():
            return clean(note.text())
    alttext = node.attributes.get("alttext") or ""
    if looks_like_tex(alttext):
        return clean(alttext)
    return " ".join(spell(node, 0).split())


# what MathJax and KaTeX put where the formula was
RENDERED = among(
    """
    katex MathJax MathJax_Display MathJax_SVG MathJax_SVG_Display MathJax_CHTML MathJax_MathML MathJax_Preview mjx-chtml MJXc-display
    MJXp-display mwe-math-element
    """
)
_FORMULA_NAMES = among(
    """
    latex tex math mathjax equation formula katex mimetex ltx_math mwe-math-fallback-image-inline mwe-math-fallback-image-display
    """
)
_FORMULA_SOURCE = re.compile(r"latex|mathtex|mimetex|codecogs|/math/|equation", re.I)
_PLAIN_TEX = re.compile(
    r"\\(?:frac|sqrt|sum|int|begin|left|alpha|beta|pi|theta|times|cdot|displaystyle|mathrm|mathbf|text|infty|le|ge|neq)\b|^\$.+\$$", re.S
)
_DELIMITED = re.compile(
    r"\\\((.+?)\\\)|\\\[(.+?)\\\]|\$\$(.+?)\$\$|(\\begin\{(equation|align|gather|eqnarray|multline)\*?\}.+?\\end\{\5\*?\})", re.S
)


def rendered_names(classes: str) -> frozenset[str]:
    """The class names that say that this is a rendered formula."""
    return RENDERED.intersection(classes.split())


def is_repeated(classes: str, has_scripts: bool) -> bool:
    """Whether the source of a rendered formula stands beside it."""
    names = rendered_names(classes)
    return "MathJax_Preview" in names or (has_scripts and names.isdisjoint(("katex", "mwe-math-element")))


def of_rendered(node: LexborNode) -> str | None:
    """The formula behind a rendering; None where there is none to be found."""
    math = node.css_first("math")
    return of_math(math) if math is not None else of_data(node)


def of_data(node: LexborNode) -> str | None:
    """The source that a rendering carries in an attribute."""
    for holder in (node, *node.css("[data-mathml], [data-latex]")):
        if latex := holder.attributes.get("data-latex"):
            return clean(latex)
        if markup := holder.attributes.get("data-mathml"):
            math = LexborHTMLParser(markup).css_first("math")
            return of_math(math) if math is not None else None
    return None


def of_image(attrs: dict[str, str | None]) -> str:
    """The LaTeX of a formula's image: alt text that is TeX, in an image that class or address calls a formula, or plainly TeX."""
    alt = attrs.get("alt")
    if not alt or len(alt) > 2000:
        return ""
    return clean(alt) if _PLAIN_TEX.search(alt) or (looks_like_tex(alt) and is_called_formula(attrs)) else ""


def is_called_formula(attrs: dict[str, str | None]) -> bool:
    names, source = (attrs.get("class") or "").lower().split(), (attrs.get("src") or "")[:300]
    return not _FORMULA_NAMES.isdisjoint(names) or bool(_FORMULA_SOURCE.search(source))


def split(text: str) -> list[tuple[bool, str]]:
    """Text parted at TeX delimiters: (is it a formula, the part); empty where there is none."""
    parts: list[tuple[bool, str]] = []
    at = 0
    for match in _DELIMITED.finditer(text):
        parts += [(False, text[at : match.start()]), (True, clean(match[1] or match[2] or match[3] or match[4]))]
        at = match.end()
    return [*parts, (False, text[at:])] if parts else []


def children(node: LexborNode) -> list[LexborNode]:
    found, child = [], node.first_child
    while child is not None:
        if child.is_element_node:
            found.append(child)
        child = child.next
    return found


def braced(text: str) -> str:
    return "{" + text.strip() + "}"


def spell(node: LexborNode, depth: int) -> str:
    tag = (node.tag or "").lower().rpartition(":")[2]
    if tag in _SILENT:
        return " " if tag == "mspace" else ""
    kids = children(node)
    if not kids or depth > MAX_DEPTH:
        return token(tag, node.text(deep=True))
    if tag == "semantics":
        return spell(kids[0], depth + 1)
    parts = [spell(kid, depth + 1) for kid in kids]
    if tag in _SHAPES and len(parts) == _SHAPES[tag].count("%s"):
        return _SHAPES[tag] % tuple(part.strip() for part in parts)
    return row(tag, node, parts)


def row(tag: str, node: LexborNode, parts: list[str]) -> str:
    if tag == "msqrt":
        return r"\sqrt" + braced("".join(parts))
    if tag == "mroot" and len(parts) == 2:
        return rf"\sqrt[{parts[1].strip()}]" + braced(parts[0])
    if tag == "mover" and len(parts) == 2:
        return over(*(part.strip() for part in parts))
    if tag == "mfenced":
        return fenced(node.attributes, parts)
    if tag == "mtable":
        return r"\begin{matrix}" + r" \\ ".join(parts) + r"\end{matrix}"
    return " & ".join(part.strip() for part in parts) if tag in ("mtr", "mlabeledtr") else "".join(parts)


def fenced(attrs: dict[str, str | None], parts: list[str]) -> str:
    left, right, comma = (attrs.get("open"), attrs.get("close"), attrs.get("separators"))
    return ("(" if left is None else left) + (comma[0] if comma else ",").join(parts) + (")" if right is None else right)


def token(tag: str, text: str) -> str:
    text = " ".join(text.translate(_INVISIBLE).split())
    if tag == "mtext":
        return rf"\text{{{text}}}" if re.search(r"[^\W\d_]{2}", text) else f" {text} "
    if tag == "mi" and text in _FUNCTIONS:
        return f"\\{text} "
    out = "".join(f"{_LETTERS[c]} " if len(_LETTERS.get(c, "")) > 2 else _LETTERS.get(c, c) for c in text)
    if tag == "mo" and text in "%&#{}" and text:
        return f"\\{text}"
    return f" {out} " if tag == "mo" and text in "=+<>≤≥≠≈→⇒±×÷⋅" and text else out


def over(base: str, mark: str) -> str:
    accents = {
        "^": "hat",
        "ˆ": "hat",
        "→": "vec",
        r"\to": "vec",
        "¯": "overline",
        "‾": "overline",
        "~": "tilde",
        "˙": "dot",
        ".": "dot",
        "_": "overline",
    }
    return f"\\{accents[mark]}{braced(base)}" if mark in accents else f"{base}^{braced(mark)}"


_SILENT = frozenset(("annotation", "annotation-xml", "mphantom", "mspace", "none", "mprescripts"))
_SHAPES = {
    "mfrac": r"\frac{%s}{%s}",
    "msup": "%s^{%s}",
    "msub": "%s_{%s}",
    "msubsup": "%s_{%s}^{%s}",
    "munder": "%s_{%s}",
    "munderover": "%s_{%s}^{%s}",
}
