"""Does a page hold its content as served, or do its scripts bring it? Told from a few scans of the text, without a parse."""

import re

SOME_TEXT = 900  # letters: a page that shows as many holds content, whatever its scripts add
LITTLE_TEXT = 200  # fewer than a menu

# what a browser shows none of, or shows only without scripts
_RAW = re.compile(r"<(script|style|noscript|template|title|textarea|svg|noframes|iframe|select)\b[^<>]*>?", re.IGNORECASE)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<[a-z/!?][^<>]*>?", re.IGNORECASE | re.DOTALL)
_LETTER = re.compile(r"\w")
_DATA_TYPE = re.compile(
    r"""type\s*=\s*["']?\s*(?:application/(?:ld\+)?json|text/(?:template|x-|html|markdown)|math/|speculationrules|importmap)""", re.I
)
_ASKS = re.compile(
    r"\bfetch\s*\(|XMLHttpRequest|\baxios\b|\$\.(?:ajax|get|post|getJSON|load)\b|\.open\(\s*[\"']GET|\bimport\s*\(|\bd3\.(?:json|csv|tsv|xml)\b"
)
_ROOT = re.compile(
    r"""<(?:div|main|section|body)\b[^<>]{0,300}?\bid\s*=\s*["']?(?:root|app|__next|__nuxt|__gatsby|___gatsby|svelte|ember-app|react-root|app-root|main-app|mount)["'\s>]"""
    r"""|<(?:app-root|my-app|[a-z]+-app)\b|\b(?:ng-app|data-reactroot|ng-controller|v-cloak)\b""",
    re.IGNORECASE,
)
_WANTS_SCRIPTS = re.compile(r"java[\s-]?script|\bjs\b|ジャバスクリプト|脚本", re.IGNORECASE)
_FRAME = re.compile(r"""<i?frame\b[^<>]{0,300}?\bsrc\s*=\s*["']?(?!about:|javascript:|data:)[^\s"'>]""", re.IGNORECASE)
_HIDDEN_FRAME = re.compile(r"""\b(?:width|height)\s*=\s*["']?[01]\b|display\s*:\s*none|visibility\s*:\s*hidden|\bhidden\b""", re.IGNORECASE)
_FRAMESET = re.compile(r"<frameset\b", re.IGNORECASE)


def needs_browser(html: str) -> str | None:
    """Why the page should be rendered (short snake_case), or None where what is served says it all."""
    seen = _Scan(html)
    if seen.letters >= SOME_TEXT or (seen.letters < LITTLE_TEXT and _FRAMESET.search(html)):
        return None  # a frameset's frames are pages of their own
    is_bare = seen.letters < LITTLE_TEXT
    reasons = {
        "app_root": seen.runs and _ROOT.search(html),
        "noscript_notice": seen.runs and any(_WANTS_SCRIPTS.search(notice) for notice in seen.notices),
        "fetched_content": seen.asks,
        "framed_content": is_bare and seen.frames,
        "little_text": is_bare and seen.runs,
    }
    return next((reason for reason, found in reasons.items() if found), None)


class _Scan:
    """Letters shown, scripts that run, noscript notices and frames; stops as soon as there is much text."""

    def __init__(self, html: str) -> None:
        self.letters, self.runs, self.asks = 0, False, False
        self.notices: list[str] = []
        self.frames = 0  # that are shown
        at = 0
        while self.letters < SOME_TEXT and (tag := _TAG.search(html, at)):
            self.letters += len(_LETTER.findall(html, at, tag.start()))
            raw = _RAW.match(html, tag.start())
            at = self._skip(html, raw) if raw else tag.end()
        if self.letters < SOME_TEXT:
            self.letters += len(_LETTER.findall(html, at))

    def _skip(self, html: str, raw: re.Match[str]) -> int:
        """Past the element; an element that never closes ends the page, as it does in a browser."""
        name = raw[1].lower()
        end = _CLOSING[name].search(html, raw.end())
        stop = end.start() if end else len(html)
        if name == "script" and not _DATA_TYPE.search(raw[0]):
            self.runs = True
            self.asks = self.asks or _ASKS.search(html, raw.end(), stop) is not None
        elif name == "noscript":
            self.notices.append(html[raw.end() : min(stop, raw.end() + 2_000)])
        elif name == "iframe" and _FRAME.match(raw[0]) and not _HIDDEN_FRAME.search(raw[0]):
            self.frames += 1
        return end.end() if end else len(html)


_CLOSING = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in _RAW.pattern.split("(")[1].split(")")[0].split("|")}
