"""The bytes of a WARC file, gzipped or not, from any record's place on; and the next record behind damage."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vwi_lake.errors import VwiError

MAX_LINE = 256_000
_BLOCK = 1 << 16
_GZIP = b"\x1f\x8b\x08"


class DamagedError(Exception):
    """Bytes that cannot be read as a record; the message says what is wrong."""


@dataclass(frozen=True)
class Part:
    """A WARC: a file of its own, or a stored member of a WACZ, which is a range of bytes of the zip."""

    path: Path
    name: str
    start: int = 0
    size: int | None = None  # None: to the end of the file
    member: str | None = None  # a compressed member of a WACZ, read through zipfile


def open_part(part: Part) -> BinaryIO:
    if part.member is not None:
        return zipfile.ZipFile(part.path).open(part.member)  # type: ignore[return-value]  # IO[bytes] with seek
    return part.path.open("rb")


def wacz_parts(path: Path) -> list[Part]:
    """WACZ 1.1.1: the WARCs lie under archive/, stored, so that a record can be reached by offset."""
    try:
        with zipfile.ZipFile(path) as wacz, path.open("rb") as file:
            infos = [info for info in wacz.infolist() if re.fullmatch(r"archive/.*\.warc(\.gz)?", info.filename)]
            parts = []
            for info in sorted(infos, key=lambda info: info.filename):
                file.seek(info.header_offset + 26)
                lengths = file.read(4)
                start = info.header_offset + 30 + int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
                stored = info.compress_type == zipfile.ZIP_STORED
                member = None if stored else info.filename
                parts.append(Part(path, f"{path.name}/{info.filename}", start if stored else 0, info.file_size, member))
    except (zipfile.BadZipFile, OSError) as error:
        raise VwiError(f"{path} cannot be read as a WACZ file ({error}): fetch it again, or pass the WARC files inside it") from error
    if not parts:
        raise VwiError(f"{path} is a zip without archive/*.warc.gz, so no WACZ file: pass a WACZ, a WARC or a folder <host>/<path>")
    return parts


class Stream:
    """The uncompressed bytes of a WARC from an offset on, which tells where in the file the next byte comes from."""

    def __init__(self, file: BinaryIO, part: Part, at: int):
        self.file, self.part = file, part
        self.end = part.start + part.size if part.size is not None and part.member is None else None
        self.buffer = bytearray()
        self.at, self.inner = at, 0
        self.fed = at  # bytes of the part handed on so far
        file.seek(part.start + at)
        head = self._raw(3)
        self.unzip = zlib.decompressobj(16 + zlib.MAX_WBITS) if head == _GZIP else None
        self.pending = head

    def _raw(self, size: int) -> bytes:
        left = size if self.end is None else max(0, min(size, self.end - self.file.tell()))
        data = self.file.read(left)
        self.fed += len(data)
        return data

    def _fill(self) -> bool:
        """More bytes into the buffer; False at the end."""
        data = self.pending or self._raw(_BLOCK)
        self.pending = b""
        if self.unzip is None:
            self.buffer += data
            return bool(data)
        if self.unzip.eof:  # the next member, if any; zeros between members are padding
            data = data.lstrip(b"\0")
            if not data:
                return False
            if self.buffer:
                self.pending = data
                return False
            self.at, self.inner = self.fed - len(data), 0
            self.unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
        if not data:
            raise DamagedError("the file ends inside a compressed record")
        try:
            self.buffer += self.unzip.decompress(data, 4 * _BLOCK)
        except zlib.error as error:
            raise DamagedError(f"compressed data is corrupt ({error})") from error
        self.pending = self.unzip.unconsumed_tail or self.unzip.unused_data
        return True

    def where(self) -> tuple[int, int]:
        """Of the next byte; moves on to the next gzip member where one has ended."""
        while not self.buffer and self._fill():
            pass
        return self.at, self.inner

    def read(self, size: int) -> bytes:
        while len(self.buffer) < size and self._fill():
            pass
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        if self.unzip is None:
            self.at += len(data)
        else:
            self.inner += len(data)
        return data

    def line(self) -> bytes:
        while (end := self.buffer.find(b"\n")) < 0 and len(self.buffer) < MAX_LINE and self._fill():
            pass
        return self.read(end + 1 if end >= 0 else min(len(self.buffer), MAX_LINE))

    def skip(self, size: int) -> int:
        """How many bytes there were, at most `size`."""
        left = size
        while left and (data := self.read(min(left, _BLOCK))):
            left -= len(data)
        return size - left


def next_record(file: BinaryIO, part: Part, at: int) -> int | None:
    """The next place behind damage where a record starts, in either spelling."""
    file.seek(part.start + at)
    size = None if part.size is None else part.size - at
    held = b""
    while data := file.read(_BLOCK if size is None else max(0, min(_BLOCK, size))):
        size = None if size is None else size - len(data)
        held, base = held[-32:] + data, at - len(held[-32:])
        at += len(data)
        for match in re.finditer(rb"\x1f\x8b\x08|(?<=\n)WARC/1\.", held):
            place = base + match.start()
            if match[0] != _GZIP or _starts_record(file, part, place):
                return place
        file.seek(part.start + at)
    return None


def _starts_record(file: BinaryIO, part: Part, at: int) -> bool:
    try:
        return Stream(file, part, at).read(5) == b"WARC/"
    except DamagedError:
        return False
