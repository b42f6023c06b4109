"""Which encoding a page's bytes are in: BOM, HTTP header, meta prescan (WHATWG HTML 13.2.3), then a guess from the bytes."""

import codecs
import re

from vwi_lake.web.encodings import LABELS, PYTHON_CODECS

PRESCAN_BYTES = 1024  # what the standard looks at
LATE_META_BYTES = 16_384  # how far a declaration is looked for when the standard's own window holds none
GUESS_BYTES = 65_536
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16be"), (b"\xff\xfe", "utf-16le"))
_SPACE = b"\t\n\x0c\r "
_TAG_START = re.compile(rb"</?[a-zA-Z]")
_ATTRIBUTE = re.compile(rb"[\t\n\x0c\r /]*([^\t\n\x0c\r />][^\t\n\x0c\r />=]*)[\t\n\x0c\r ]*(=[\t\n\x0c\r ]*)?")
_CHARSET = re.compile(rb"charset[\t\n\x0c\r ]*(?:=[\t\n\x0c\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\"'\t\n\x0c\r ;][^\t\n\x0c\r ;]*)))", re.I)
_XML = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']+)")


def decode(body: bytes, content_type: str | None = None) -> str:
    """The page as text; bytes the encoding does not know become U+FFFD."""
    name = sniff(body, content_type)
    for bom, of in _BOMS:
        if of == name and body.startswith(bom):
            body = body[len(bom) :]
    return body.decode(PYTHON_CODECS.get(name, name), errors="replace")


def sniff(body: bytes, content_type: str | None = None) -> str:
    """The WHATWG name, lower case, of the encoding a browser would read these bytes in."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return name
    header = encoding(from_content((content_type or "").encode("latin-1", "replace")))
    return header or prescan(body[:PRESCAN_BYTES]) or declared_as_xml(body) or prescan(body[:LATE_META_BYTES]) or guess(body)


def encoding(label: bytes | None) -> str | None:
    """The encoding a label stands for."""
    return LABELS.get(label.strip(_SPACE).lower().decode("latin-1")) if label else None


def from_content(value: bytes) -> bytes | None:
    """The charset in a Content-Type, of a header or of a meta's content."""
    match = _CHARSET.search(value)
    return (match[1] or match[2] or match[3]) if match else None


def declared_as_xml(body: bytes) -> str | None:
    match = _XML.match(body[:PRESCAN_BYTES])
    return encoding(match[1]) if match else None


def prescan(head: bytes) -> str | None:
    """'Prescan a byte stream to determine its encoding': metas outside comments; UTF-16 there cannot be true."""
    at = 0
    while 0 <= (at := head.find(b"<", at)) < len(head):
        if head.startswith(b"<!--", at):
            end = head.find(b"-->", at + 2)
            if end < 0:
                return None
            at = end + 3
        elif head[at + 1 : at + 5].lower() == b"meta" and head[at + 5 : at + 6] in (b"\t", b"\n", b"\x0c", b"\r", b" ", b"/"):
            attrs, at = attributes(head, at + 5)
            if name := from_meta(attrs):
                return name
        elif _TAG_START.match(head, at):
            at = re.compile(rb"[\t\n\x0c\r >]|$").search(head, at).start()  # type: ignore[union-attr]  # $ always matches
            _, at = attributes(head, at)
        elif head[at + 1 : at + 2] in (b"!", b"/", b"?"):
            at = head.find(b">", at)
            if at < 0:
                return None
        else:
            at += 1
    return None


def attributes(head: bytes, at: int) -> tuple[dict[bytes, bytes], int]:
    """The attributes of a tag from here to its '>', the first of each name; a tag cut off by the end has none."""
    found: dict[bytes, bytes] = {}
    while match := _ATTRIBUTE.match(head, at):
        at, value = match.end(), b""
        if match[2]:
            quote = head[at : at + 1]
            if quote in (b'"', b"'") and quote:
                end = head.find(quote, at + 1)
                if end < 0:
                    return {}, len(head)
                value, at = head[at + 1 : end], end + 1
            else:
                end = re.compile(rb"[\t\n\x0c\r >]|$").search(head, at).start()  # type: ignore[union-attr]
                value, at = head[at:end], end
        found.setdefault(match[1].lower(), value)
    rest = head[at:].lstrip(_SPACE + b"/")
    return (found, at) if rest.startswith(b">") else ({}, len(head))


def from_meta(attrs: dict[bytes, bytes]) -> str | None:
    name = encoding(attrs.get(b"charset"))
    if b"charset" not in attrs and attrs.get(b"http-equiv", b"").lower() == b"content-type":
        name = encoding(from_content(attrs.get(b"content", b"")))
    return {"utf-16be": "utf-8", "utf-16le": "utf-8", "x-user-defined": "windows-1252"}.get(name, name) if name else None


def guess(body: bytes) -> str:
    """Valid UTF-8 is UTF-8; else the encoding whose reading looks most like some language; else windows-1252."""
    if b"\0" in body[:200] and (name := bare_utf16(body[:200])):
        return name
    if is_utf8(body):
        return "utf-8" if not body.isascii() else "windows-1252"
    first = _FOREIGN.search(body)
    sample = body[max(0, first.start() - 8) :][:GUESS_BYTES] if first else body
    scored = [(plausibility(sample, name), -order, name) for order, name in enumerate(_CANDIDATES)]
    best = max(scored)
    return best[2] if best[0] > 0 else "windows-1252"


_FOREIGN = re.compile(rb"[\x80-\xff]")


def bare_utf16(head: bytes) -> str | None:
    """UTF-16 without a BOM: every other byte of markup is zero."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) // 3:
        return None
    return "utf-16be" if even > odd else "utf-16le"


def is_utf8(body: bytes) -> bool:
    """Whether this is UTF-8, a character cut off at the end aside."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return False
    return True


_CANDIDATES = (
    "windows-1252", "gbk", "shift_jis", "euc-jp", "big5", "euc-kr", "windows-1251", "koi8-r", "windows-1250", "iso-8859-2",
    "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-874",
)  # fmt: skip
# the letters that the language's text has most of, beyond ASCII; the order of windows-1252's are French, German, Spanish, Portuguese
_COMMON = {
    "windows-1252": "éèàçêôîùûäöüßñáíóúãõâåøæ«»’“”–€°§²³½µ×\xa0",
    "windows-1250": "ąćęłńóśźżáčďěéíňřšťúůýžőűöüăâîşţ„”–\xa0",
    "iso-8859-2": "ąćęłńóśźżáčďěéíňřšťúůýžőűöüăâîşţ\xa0",
    "windows-1251": "оеаинтслвркдпмуяыьзбгйчюхжшцщэфёіїє«»–—№\xa0",
    "koi8-r": "оеаинтслвркдпмуяыьзбгйчюхжшцщэфё\xa0",
    "windows-1253": "αοιετνςησρπκυμλόίάέήώδγχθφβξζψύω\xa0",
    "windows-1254": "ıişğüöçİŞĞâ\xa0",
    "windows-1255": "יוהלאמרתבנשכדפקעצסחטגזםןךףץ\xa0",
    "windows-1256": "ايلمنوترعبدهسفقكحجطشصخزثضذغءأإآةىؤئظ،؛؟\xa0",
    "windows-874": "านรอกเงมยลวดทสตะปบคหแจพชขใไโผศณธซถญ่้ิีัื์ุู็",
}


_LATIN = frozenset(("windows-1252", "windows-1250", "iso-8859-2", "windows-1254"))
_MIXED = re.compile(r"[a-zA-Z][^\W\d_a-zA-Z]|[^\W\d_a-zA-Z][a-zA-Z]")  # no other script's words hold Latin letters


def plausibility(body: bytes, name: str) -> float:
    """How much the reading looks like language: the share of characters that are common there, less errors."""
    text = codecs.getincrementaldecoder(PYTHON_CODECS.get(name, name))("replace").decode(body)
    foreign = [c for c in text if c > "\x7f"]
    if not foreign:
        return 0.0
    wrong = sum(c == "\ufffd" or "\x80" <= c < "\xa0" or "\ue000" <= c <= "\uf8ff" for c in foreign)
    if common := _COMMON.get(name):
        latin = name in _LATIN
        letters = frozenset(common + common.upper()) if latin else frozenset(common)  # elsewhere capitals are a sign of a wrong reading
        mixed = 0 if latin else len(_MIXED.findall(text))
        return (sum(c in letters for c in foreign) - mixed - 5 * wrong) / len(foreign)
    return sum(map(asian_weight, foreign)) / len(foreign) - 5 * wrong / len(foreign)


# the characters Chinese and Korean text holds most of
_FREQUENT = frozenset(
    "的一是不了在人有我他这個个们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着下自之年过過发發后後作里"
    "用道行所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本前开開但因只从從想实實"
    "日題题解答求图圖问問数數点點线線이다는을를의에가고로은기한지하도서사자수일그대인있시나어들리부정해여전아답문제그림"
)


def asian_weight(c: str) -> float:
    if "\u3040" <= c <= "\u30ff":
        return 1.0
    if c in _FREQUENT or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uff5e":
        return 1.2
    return 0.55 if "\u4e00" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" else 0.0
