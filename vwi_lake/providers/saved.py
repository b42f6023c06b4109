"""Saved sites that stand in for the web: folders `<host>/<path>`, WARC and WACZ files."""

import asyncio
import hashlib
import os
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from vwi_lake.errors import VwiError
from vwi_lake.providers import Fetched
from vwi_lake.providers.http_message import MAX_BODY, inflate
from vwi_lake.providers.warc import Archive, url_key
from vwi_lake.web.urls import canonical

_MEDIA_TYPES = {
    ".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml", ".xht": "application/xhtml+xml",
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp",
    ".avif": "image/avif", ".bmp": "image/bmp", ".svg": "image/svg+xml", ".ico": "image/x-icon", ".css": "text/css",
    ".js": "text/javascript", ".json": "application/json", ".xml": "application/xml", ".txt": "text/plain", ".pdf": "application/pdf",
}  # fmt: skip
_PAGE_SUFFIXES = (".html", ".htm", ".xhtml")
_SNIFFED_SUFFIXES = ("", ".php", ".asp", ".aspx", ".jsp", ".cgi", ".shtml", ".xht")  # a page only if it reads like one
_ARCHIVES = (".warc", ".warc.gz", ".wacz")
_ACCEPTED = "pass a folder <host>/<path>, a .warc, .warc.gz or .wacz file, or a folder of those"


class _Source(Protocol):
    @property
    def problems(self) -> list[str]: ...
    def pages(self) -> Iterator[str]: ...
    def read(self, url: str) -> Fetched | None: ...
    def fingerprint(self) -> str: ...


class SavedWeb:
    """A Fetcher over what is saved; where several sources hold a URL the first answers."""

    def __init__(self, paths: list[Path]):
        self._sources = [source for path in paths for source in _open_sources(Path(path))]

    async def fetch(self, url: str) -> Fetched:
        return await asyncio.to_thread(self.read, url)

    def read(self, url: str) -> Fetched:
        """The saved answer; `not_saved` for everything else, URLs that are none included."""
        try:
            address = canonical(url)
        except ValueError:
            return Fetched(url, url, error="not_saved")
        for source in self._sources:
            if fetched := source.read(address):
                return fetched
        return Fetched(url, address, error="not_saved")

    def pages(self) -> Iterator[str]:
        """URLs of all HTML pages: sources as given, folders by path, archives by URL."""
        seen: set[str] = set()
        for source in self._sources:
            for url in source.pages():
                key = url_key(url)
                if key not in seen:
                    seen.add(key)
                    yield url

    def identity(self) -> str:
        """Changes when a name, size or modification time does; bodies are not read."""
        digest = hashlib.sha256()
        for source in self._sources:
            digest.update(source.fingerprint().encode("utf-8", "surrogateescape") + b"\n")
        return digest.hexdigest()

    @property
    def problems(self) -> list[str]:
        return [problem for source in self._sources for problem in source.problems]


def _open_sources(path: Path) -> list[_Source]:
    """A file is an archive; a folder holds hosts, or archives, or both."""
    try:
        if not path.exists():
            raise VwiError(f"{path} does not exist: {_ACCEPTED}")
        if not path.is_dir():
            return [_open_archive(path)]
        archives = [_open_archive(entry) for entry in sorted(path.iterdir()) if entry.name.lower().endswith(_ARCHIVES) and entry.is_file()]
        if archives and not any(entry.is_dir() and "." in entry.name.strip(".") for entry in path.iterdir()):
            return [*archives]
        return [_Folder(path), *archives]
    except OSError as error:
        raise VwiError(f"{path} cannot be read ({error.strerror}): check its permissions") from error


def _open_archive(path: Path) -> Archive:
    with path.open("rb") as file:
        head = file.read(5)
    if head.startswith((b"WARC/", b"\x1f\x8b")) or zipfile.is_zipfile(path):
        return Archive(path)
    raise VwiError(f"{path} is no saved site: {_ACCEPTED}")


class _Folder:
    """`<host>/<path>`: nothing outside is ever opened."""

    def __init__(self, path: Path):
        self.root = path.resolve()
        self.problems: list[str] = []
        entries = sorted(entry for entry in self.root.iterdir() if not entry.name.startswith("."))
        folders = [entry for entry in entries if entry.is_dir()]
        if any(_is_page_name(entry.name) for entry in entries if entry.is_file()) or (folders and not any("." in f.name for f in folders)):
            raise VwiError(f"{path} looks like the folder of one host: pass the folder that holds it, since URLs are http://<host>/<path>")
        if not folders:
            raise VwiError(f"{path} holds no folder named after a host: {_ACCEPTED}")
        self.hosts = {host: folder for folder in folders if (host := _host(folder.name))}

    def pages(self) -> Iterator[str]:
        for host, folder in sorted(self.hosts.items()):
            for file in self._files(folder):
                name = file.name.removesuffix(".gz")
                if _is_page_name(name) or (_may_be_page(name) and self._reads_like_page(file)):
                    path = os.fsencode(file.relative_to(folder).with_name(name).as_posix())
                    yield f"http://{host}/{quote_from_bytes(path)}"

    def read(self, url: str) -> Fetched | None:
        parts = urlsplit(url)
        folder = self.hosts.get(parts.netloc.rpartition("@")[2])
        names = [os.fsdecode(unquote_to_bytes(name)) for name in parts.path.split("/")[1:]]
        if folder is None or any("/" in name or "\0" in name or name in (".", "..") for name in names):
            return None
        query = "?" + os.fsdecode(unquote_to_bytes(parts.query)) if parts.query else ""
        for relative in ([*names[:-1], names[-1] + query], names) if query and "/" not in query else (names,):
            for file, final_path in self._candidates(folder, relative, parts.path):
                if self._is_inside(file, folder):
                    return _read_file(file, url, parts._replace(path=final_path).geturl())
        return None

    def fingerprint(self) -> str:
        lines = []
        for host, folder in sorted(self.hosts.items()):
            for file in self._files(folder):
                info = file.stat()
                lines.append(f"{host}\0{file.relative_to(folder)}\0{info.st_size}\0{info.st_mtime_ns}")
        return "\n".join(lines)

    def _candidates(self, folder: Path, names: list[str], path: str) -> Iterator[tuple[Path, str]]:
        """The file itself, packed, or as the index of a folder, whose links start below it."""
        for form in ("NFC", "NFD"):  # disks differ in how they spell accents; URLs do not say
            spelled = [unicodedata.normalize(form, name) for name in names]
            file = folder.joinpath(*spelled)
            if spelled[-1]:
                yield file, path
                yield file.with_name(file.name + ".gz"), path
            below = path if path.endswith("/") else path + "/"
            for index in ("index.html", "index.htm", "index.xhtml", "index.html.gz"):
                yield file / index, below

    def _is_inside(self, file: Path, folder: Path) -> bool:
        try:
            return stat.S_ISREG(file.stat().st_mode) and file.resolve().is_relative_to(folder.resolve())
        except (OSError, ValueError):  # no such file; too long a name; a loop of links
            return False

    def _files(self, folder: Path) -> Iterator[Path]:
        for parent, folders, names in os.walk(folder):
            folders.sort()
            for name in sorted(names):
                file = Path(parent, name)
                if self._is_inside(file, folder):
                    yield file

    def _reads_like_page(self, file: Path) -> bool:
        try:
            with file.open("rb") as opened:
                head = opened.read(2048)
            head = zlib.decompressobj(31).decompress(head, 2048) if head.startswith(b"\x1f\x8b") else head
        except (OSError, zlib.error):
            return False
        head = head.replace(b"\0", b"").lower()  # UTF-16 reads the same without its zeros
        return b"<html" in head or b"<!doctype html" in head


def _host(name: str) -> str | None:
    try:
        return urlsplit(canonical(f"http://{name}/")).netloc or None
    except ValueError:
        return None


def _is_page_name(name: str) -> bool:
    return name.removesuffix(".gz").lower().endswith(_PAGE_SUFFIXES)


def _may_be_page(name: str) -> bool:
    return "?" in name or Path(name).suffix.lower() in _SNIFFED_SUFFIXES


def _read_file(file: Path, url: str, final_url: str) -> Fetched:
    name = file.name.lower().removesuffix(".gz")
    media = _MEDIA_TYPES.get(Path(name.partition("?")[0]).suffix)
    try:
        if file.stat().st_size > MAX_BODY:
            return Fetched(url, final_url, 200, media, error="too_large")
        body = file.read_bytes()
        if file.name.lower().endswith(".gz") and body.startswith(b"\x1f\x8b"):
            body = inflate(body)
    except OverflowError:
        return Fetched(url, final_url, 200, media, error="too_large")
    except (OSError, zlib.error):
        return Fetched(url, final_url, error="unreadable")
    return Fetched(url, final_url, 200, media or _sniffed(body), body=body)


def _sniffed(body: bytes) -> str | None:
    head = body[:2048].lower()
    return "text/html" if b"<html" in head or b"<!doctype html" in head else None
