"""A stored HTTP message: headers, media type, codings undone."""

import re
import zlib
from collections.abc import Iterable

MAX_BODY = 50_000_000
MAX_HEAD = 256_000
_GZIP = b"\x1f\x8b"


def read_headers(lines: Iterable[bytes]) -> dict[str, str]:
    """Names in lower case, up to the first empty line; a line that starts with a blank goes on with the one before."""
    headers: dict[str, str] = {}
    name, size = "", 0
    for line in lines:
        size += len(line)
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text or size > MAX_HEAD:
            break
        if text[0] in " \t" and name:
            headers[name] += " " + text.strip()
            continue
        name, _, value = text.partition(":")
        name = name.strip().lower()
        headers[name] = value.strip()
    return headers


def read_head(block: bytes) -> tuple[int | None, dict[str, str]]:
    first, *lines = re.split(rb"\r?\n\r?\n", block, maxsplit=1)[0].split(b"\n")
    status = re.match(rb"HTTP/\S+\s+(\d{3})", first)
    return int(status[1]) if status else None, read_headers(lines)


def media_type(value: str | None) -> tuple[str | None, str | None]:
    """Media type and declared charset of a Content-Type header."""
    media = (value or "").partition(";")[0].strip().lower() or None
    charset = re.search(r"""charset\s*=\s*["']?([^"';\s]+)""", value or "", re.IGNORECASE)
    return media, charset[1] if charset else None


def undo_codings(body: bytes, headers: dict[str, str]) -> bytes:
    """Transfer and content codings undone. Archives that already undid them often keep the header: the bytes decide."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _dechunked(body)
    for coding in reversed(re.findall(r"[\w-]+", headers.get("content-encoding", "").lower())):
        if coding in ("gzip", "x-gzip") and body.startswith(_GZIP):
            body = inflate(body, 16 + zlib.MAX_WBITS)
        elif coding == "deflate":  # zlib by the standard, raw from some servers
            body = inflate(
                body, zlib.MAX_WBITS if body[:1] and body[0] & 15 == 8 and int.from_bytes(body[:2]) % 31 == 0 else -zlib.MAX_WBITS
            )
        elif coding not in ("identity", "gzip", "x-gzip", "utf-8"):
            raise ValueError(f"coding {coding} is not read")
    if len(body) > MAX_BODY:
        raise OverflowError
    return body


def _dechunked(body: bytes) -> bytes:
    parts, at = [], 0
    while head := re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]*\r?\n").match(body, at):
        size = int(head[1], 16)
        parts.append(body[head.end() : head.end() + size])
        at = head.end() + size
        at += 2 if body[at : at + 2] == b"\r\n" else 1
        if not size:
            break
    return b"".join(parts) if parts else body


def inflate(data: bytes, window: int = 16 + zlib.MAX_WBITS) -> bytes:
    """Uncompressed bytes of all gzip members; OverflowError above the cap."""
    body = b""
    while data:
        unzip = zlib.decompressobj(window)
        body += unzip.decompress(data, MAX_BODY + 1 - len(body))
        if len(body) > MAX_BODY:
            raise OverflowError
        data = unzip.unused_data if unzip.eof and unzip.unused_data.startswith(_GZIP) else b""
    return body
