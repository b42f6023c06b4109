"""Which encoding a page's bytes are in (WHATWG Encoding and HTML standards)."""

import codecs
import re


def decode(body: bytes, content_type: str | None = None) -> str:
    return body.decode(sniff(body, content_type), errors="replace")


def sniff(body: bytes, content_type: str | None = None) -> str:
    for bom, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16be"), (b"\xff\xfe", "utf-16le")):
        if body.startswith(bom):
            return name
    for where in (content_type or "", body[:1024].decode("latin-1")):
        if match := re.search(r"""charset\s*=\s*["']?([\w.:-]+)""", where):
            try:
                return codecs.lookup(match[1]).name
            except LookupError:
                continue
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"
