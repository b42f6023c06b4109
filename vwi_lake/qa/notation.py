"""LaTeX, Unicode and plain spellings of one formula, brought to one plain line: \\frac{1}{2}, ½ and 1/2 are all `1/2`."""

import re
import unicodedata

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-")
_SIGNS = str.maketrans(
    dict.fromkeys("−–‐‑﹣－", "-")
    | dict.fromkeys("×⋅·∙✕✖", "*")
    | dict.fromkeys("÷∕⁄／", "/")
    | {"µ": "μ", "Ω": "Ω", "º": "°", "˚": "°", "√": " sqrt ", "π": " pi ", "≦": "≤", "≧": "≥", "，": ",", "；": ";", "：": ":", "’": "'"}
)
_COMMANDS = {
    "times": "*",
    "cdot": "*",
    "div": "/",
    "pm": "±",
    "leq": "≤",
    "le": "≤",
    "geq": "≥",
    "ge": "≥",
    "lt": "<",
    "gt": ">",
    "neq": "≠",
    "ne": "≠",
    "approx": "≈",
    "infty": "∞",
    "cup": "∪",
    "in": "∈",
    "circ": "°",
    "degree": "°",
    "mu": "μ",
    "Omega": "Ω",
    "pi": " pi ",
    "varnothing": "∅",
    "emptyset": "∅",
    "lor": " or ",
    "vee": " or ",
}
_SPACING = re.compile(r"\\(?:left|right|bigl|bigr|Big|big|displaystyle|limits|quad|qquad)(?![A-Za-z])|\\[,;!: ]|~|\\\\$")
_FONT = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mathsf|operatorname|mbox|boxed|fbox|unit|emph|vec|overrightarrow)"
    r"\*?\s*\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_INLINE_MATH = re.compile(r"\$([^$\s](?:[^$]*[^$\s])?)\$(?!\d)")
_TIMES = re.compile(r"(?<=\d)\s*[xX]\s*(?=10\s*\^)|(?<=[\dm])\s+[xX]\s+(?=\d)")  # 3 x 10^8, 4 cm x 5 cm
_MATH_MARKS = re.compile(r"^(?:\$\$?|\\\(|\\\[)(?P<inner>.*?)(?:\$\$?|\\\)|\\\])$", re.DOTALL)


def plain(text: str) -> str:
    """One plain line of a short formula or phrase; unknown LaTeX commands keep their backslash."""
    text = _FONT.sub(r" \1 ", _SPACING.sub(" ", unwrap(text)).replace("dfrac", "frac").replace("tfrac", "frac"))
    text = _INLINE_MATH.sub(r"\1", text)
    text = _TIMES.sub(" * ", text)
    text = re.sub(r"(\d)\s*([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])", r"\1 \2", text)
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+", lambda m: "^(" + m[0].translate(_SUPERSCRIPTS) + ")", text)
    text = unicodedata.normalize("NFKC", text.translate(_SIGNS).translate(_SUBSCRIPTS)).translate(_SIGNS)
    text = re.sub(r"\^\s*\{?\s*\\circ\s*\}?", "°", text)
    text = re.sub(r"(\d)\s*\\frac\s*\{(\d+)\}\s*\{(\d+)\}", r"\1 \2/\3", text)  # 1\frac{1}{2} is one and a half
    text = _fractions(text)
    text = re.sub(r"\\([%$#&_])", r"\1", text.replace("\\{", "⦃").replace("\\}", "⦄"))
    text = re.sub(r"\\sqrt\s*\[(\d+)\]\s*\{([^{}]*)\}", r"(\2)^(1/\1)", text)
    text = re.sub(r"\\([A-Za-z]+)", lambda m: _COMMANDS.get(m[1], " sqrt" if m[1] == "sqrt" else m[0]), text)
    if "\\" in text or "^{" in text or "_{" in text or "sqrt{" in text:
        text = re.sub(r"(\^|sqrt)\s*\{([^{}]*)\}", r"\1(\2)", text)
        text = re.sub(r"_\{([^{}]*)\}", r"_\1", text)
    text = text.replace("⦃", "{").replace("⦄", "}")
    return " ".join(text.replace("**", "^").split())


def unwrap(text: str) -> str:
    """The formula inside $…$, \\(…\\), \\boxed{…}, Markdown emphasis; without a closing full stop."""
    before = None
    while before != text:
        before = text
        text = text.strip().strip("*`").strip()
        text = text[:-1] if re.search(r"[^.]\.$|[,;。]$", text) else text
        text = re.sub(r"^\\(?:boxed|text|mathrm|mathbf|textbf|fbox)\s*\{([^{}]*)\}$", r"\1", text)
        if (marks := _MATH_MARKS.match(text)) and "$" not in marks["inner"]:
            text = marks["inner"]
    return text


def latex(text: str) -> str:
    """The same formula as LaTeX, for a parser that reads nothing else."""
    text = unwrap(text)
    text = re.sub(r"√\s*(\w+|\([^()]*\))", r"\\sqrt{\1}", text)
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+", lambda m: "^{" + m[0].translate(_SUPERSCRIPTS) + "}", text)
    text = re.sub("[₀₁₂₃₄₅₆₇₈₉]+", lambda m: "_{" + m[0].translate(_SUBSCRIPTS) + "}", text)
    text = text.translate(_SIGNS).replace("**", "^").replace("∞", r"\infty ").replace(" pi ", r" \pi ")
    text = re.sub(r"(?<![\\A-Za-z])sqrt\s*\(([^()]*)\)", r"\\sqrt{\1}", text)
    text = re.sub(r"\^\(([^()]*)\)", r"^{\1}", text)
    text = re.sub(r"(?<![\\A-Za-z])(arcsin|arccos|arctan|sinh|cosh|tanh|sin|cos|tan|cot|sec|csc|ln|log|exp|pi)(?![a-z])", r"\\\1 ", text)
    return text.replace("*", r" \cdot ").replace("≤", r" \leq ").replace("≥", r" \geq ")


def _fractions(text: str) -> str:
    """Every \\frac{a}{b} as a/b, in brackets where a or b is more than a number."""
    for _ in range(20):  # as deep as an answer nests them
        found = re.search(r"\\frac\s*(?:\{([^{}]*)\}\s*\{([^{}]*)\}|(\d)\s*(\d))", text)
        if not found:
            break
        top, bottom = (found[1] or found[3] or "", found[2] or found[4] or "")
        simple = re.fullmatch(r"\d+", top) and re.fullmatch(r"\d+", bottom)
        text = text[: found.start()] + (f"{top}/{bottom}" if simple else f"(({top})/({bottom}))") + text[found.end() :]
    return text
