"""Pages in WARC and WACZ files, found by an index of offsets: nothing is unpacked, what is damaged is skipped and told.

WARC 1.0/1.1 (ISO 28500): a version line, headers, Content-Length bytes; gzipped files hold one member a record, or one for all.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from vwi_lake.providers import Fetched
from vwi_lake.providers.http_message import MAX_BODY, MAX_HEAD, media_type, read_head, read_headers, undo_codings
from vwi_lake.providers.warc_stream import DamagedError, Part, Stream, next_record, open_part, wacz_parts
from vwi_lake.web.urls import canonical

_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class _Entry:
    """One capture: where its record starts, and enough of its head to choose between captures."""

    url: str
    part: Part
    at: int  # of the gzip member, or of the record where nothing is compressed
    inner: int  # bytes into the uncompressed member
    kind: str
    date: str
    status: int | None
    content_type: str | None
    digest: str | None
    refers_to: str | None


@dataclass
class _Index:
    captures: dict[str, _Entry] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class Archive:
    """One WARC or WACZ file. Indexed on first use."""

    def __init__(self, path: Path):
        self.path = path
        self._parts = wacz_parts(path) if zipfile.is_zipfile(path) else [Part(path, path.name)]

    @property
    def problems(self) -> list[str]:
        return self._index.problems

    def pages(self) -> Iterator[str]:
        captures = self._index.captures
        yield from (entry.url for _, entry in sorted(captures.items()) if entry.status == 200 and entry.content_type in _HTML)

    def read(self, url: str) -> Fetched | None:
        """What was captured, redirects followed inside the archive."""
        final = url
        for _ in range(6):
            entry = self._find(final)
            fetched = _read_entry(entry, url) if entry else None
            location = fetched.headers.get("location") if fetched and fetched.status in (301, 302, 303, 307, 308) else None
            if not location:
                return fetched
            try:
                final = canonical(location, final)
            except ValueError:
                return None
        return None

    def fingerprint(self) -> str:
        stat = self.path.stat()
        return f"{self.path.name}\0{stat.st_size}\0{stat.st_mtime_ns}"

    def _find(self, url: str) -> _Entry | None:
        key = url_key(url)
        return self._index.captures.get(key) or self._index.captures.get(other_scheme(key))

    @cached_property
    def _index(self) -> _Index:
        index = _Index()
        entries = [entry for part in self._parts for entry in _index_part(part, index.problems)]
        originals = {
            name: entry for entry in reversed(entries) if entry.kind != "revisit" for name in (entry.digest, url_key(entry.url)) if name
        }
        for entry in entries:
            capture = _original(entry, originals) if entry.kind == "revisit" else entry
            known = index.captures.get(url_key(entry.url))
            if capture and (known is None or _worth(capture) > _worth(known)):
                index.captures[url_key(entry.url)] = capture
        return index


def url_key(url: str) -> str:
    """The URL with one spelling of every percent-encoded octet, fragment and default port gone."""
    head, mark, query = canonical(url).partition("?")
    origin, path = re.match(r"([a-z]+://[^/]*)(.*)", head).groups()  # type: ignore[union-attr]  # canonical gives no other shape
    return origin + _one_spelling(path) + mark + _one_spelling(query)


def other_scheme(url: str) -> str:
    return "http" + url[5:] if url.startswith("https:") else "https" + url[4:]


def _one_spelling(text: str) -> str:
    """Escapes that protect nothing are undone, the others in upper case (RFC 3986, 6.2.2); commas and brackets protect nothing here."""
    return re.sub(r"%([0-9A-Fa-f]{2})", lambda m: chr(c) if chr(c := int(m[1], 16)) in _PLAIN else m[0].upper(), text)


_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$'()*,;:@[]|^")


def _original(revisit: _Entry, originals: dict[str, _Entry]) -> _Entry | None:
    """The capture whose body a revisit record repeats: by digest, or by the URL it names."""
    found = originals.get(revisit.digest or "") or originals.get(revisit.refers_to or "") or originals.get(url_key(revisit.url))
    return replace(found, url=revisit.url) if found else None


def _worth(entry: _Entry) -> tuple[bool, str]:
    return entry.status == 200, entry.date


def _index_part(part: Part, problems: list[str]) -> Iterator[_Entry]:
    """Every capture of a WARC; behind damage the search for records goes on."""
    with open_part(part) as file:
        start: int | None = 0
        at = 0
        while start is not None:
            stream = Stream(file, part, start)
            try:
                while True:
                    at, inner = stream.where()  # the record at hand, also where damage is met in it
                    first = stream.line()
                    if not first:
                        return
                    entry = _index_record(first, stream, part, (at, inner)) if first.strip() else None
                    if entry:
                        yield entry
            except DamagedError as error:
                place = at if stream.unzip is None else stream.at
                problems.append(f"{part.name}: at byte {place}: {error}")
                start = next_record(file, part, place + 1)


def _index_record(first: bytes, stream: Stream, part: Part, where: tuple[int, int]) -> _Entry | None:
    headers, length = _record_head(first, stream)
    wanted = headers.get("warc-type") in ("response", "resource", "revisit")
    block = b""
    while wanted and b"\r\n\r\n" not in block and len(block) < min(length, MAX_HEAD):
        more = stream.read(min(length - len(block), 4096))
        if not more:
            break
        block += more
    if len(block) + stream.skip(length - len(block)) < length:
        raise DamagedError("the file ends inside a record")
    return _entry(headers, block, part, where) if wanted else None


def _record_head(first: bytes, stream: Stream) -> tuple[dict[str, str], int]:
    if not first.startswith(b"WARC/"):
        raise DamagedError(f"no WARC record here but {first[:20]!r}")
    headers = read_headers(iter(stream.line, b""))
    length = headers.get("content-length", "")
    if not re.fullmatch(r"[0-9]{1,18}", length):
        raise DamagedError(f"a record without a usable Content-Length ({length[:20]!r})")
    return headers, int(length)


def _entry(headers: dict[str, str], block: bytes, part: Part, where: tuple[int, int]) -> _Entry | None:
    kind = headers["warc-type"]
    try:
        url = canonical(headers.get("warc-target-uri", "").strip("<>"))
        refers_to = headers.get("warc-refers-to-target-uri")
        refers_to = url_key(refers_to.strip("<>")) if refers_to else None
    except ValueError:
        return None  # dns:, metadata: and the like
    plain = kind == "resource" or not block.startswith(b"HTTP/")
    status, http = (200, headers) if plain else read_head(block)
    media = media_type(http.get("content-type"))[0]
    return _Entry(url, part, *where, kind, headers.get("warc-date", ""), status, media, headers.get("warc-payload-digest"), refers_to)


def _read_entry(entry: _Entry, url: str) -> Fetched:
    with open_part(entry.part) as file:
        stream = Stream(file, entry.part, entry.at)
        try:
            stream.skip(entry.inner)
            headers, length = _record_head(stream.line(), stream)
            if length > MAX_BODY + MAX_HEAD:
                return Fetched(url, entry.url, entry.status, entry.content_type, error="too_large")
            block = stream.read(length)
        except DamagedError:  # the file was changed since it was indexed
            return Fetched(url, entry.url, error="unreadable")
    if entry.kind == "resource" or not block.startswith(b"HTTP/"):
        return _fetched(url, entry, {"content-type": headers.get("content-type", "")}, block)
    head, _, body = block.partition(b"\r\n\r\n") if b"\r\n\r\n" in block[:MAX_HEAD] else block.partition(b"\n\n")
    return _fetched(url, entry, read_head(head)[1], body)


def _fetched(url: str, entry: _Entry, headers: dict[str, str], body: bytes) -> Fetched:
    media, charset = media_type(headers.get("content-type"))
    answer = Fetched(url, entry.url, entry.status, media, charset, headers)
    try:
        return replace(answer, body=undo_codings(body, headers))
    except OverflowError:
        return replace(answer, error="too_large")
    except (ValueError, zlib.error):
        return replace(answer, error="bad_encoding")
