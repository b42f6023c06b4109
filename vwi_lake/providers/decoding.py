"""Content codings, undone piecemeal and never beyond a limit: a bomb stops where it would start to unfold."""

import zlib
from collections.abc import Callable
from typing import Any, Protocol

import brotli
from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
_ZSTD_WINDOW_LOG = 23  # 8 MB, the most that a decoder need support for the web (RFC 9659)
_ZSTD_FRAMES = (0x28, *range(0x50, 0x60))  # first byte of a frame and of skippable ones (RFC 8878)


class BadEncoding(ValueError):  # noqa: N818 - read as a sentence
    """The body is not what its Content-Encoding says, or breaks off."""


class Decoder(Protocol):
    @property
    def is_complete(self) -> bool: ...

    def feed(self, data: bytes, most: int) -> bytes:
        """What `data` adds to the body, up to about `most` bytes; what lies beyond is never decoded."""
        ...


def decoder_of(encoding: str) -> Decoder | None:
    """None where nothing is to be undone; BadEncoding for codings that we did not ask for."""
    named = encoding.strip().lower()
    if named in ("", "identity"):
        return None
    if named not in _DECODERS:
        raise BadEncoding(named[:100])
    return _DECODERS[named]()


class _Members:
    """gzip, deflate and zstd: streams of one or several members, each with its own decompressor."""

    def __init__(self, begin: Callable[[bytes], Any], first_bytes: tuple[int, ...] = ()) -> None:
        self.begin, self.first_bytes = begin, first_bytes
        self.member: Any = None

    @property
    def is_complete(self) -> bool:
        return self.member is None or bool(self.member.eof)

    def feed(self, data: bytes, most: int) -> bytes:
        out = bytearray()
        while data and len(out) < most:
            if self.member is None or (self.member.eof and data[0] in self.first_bytes):
                self.member = self.begin(data)
            elif self.member.eof:
                break  # padding after the end, which browsers ignore too
            try:
                out += self.member.decompress(data, most - len(out))
            except (zlib.error, zstd.ZstdError) as error:
                raise BadEncoding(str(error)) from error
            data = self.member.unused_data
        return bytes(out)


class _Brotli:
    def __init__(self) -> None:
        self.stream = brotli.Decompressor()
        self.has_begun = False

    @property
    def is_complete(self) -> bool:
        return not self.has_begun or self.stream.is_finished()

    def feed(self, data: bytes, most: int) -> bytes:
        if not data or (self.has_begun and self.stream.is_finished()):
            return b""
        self.has_begun, out = True, bytearray()
        try:
            out += self.stream.process(data, output_buffer_limit=most)
            while len(out) < most and not self.stream.is_finished() and not self.stream.can_accept_more_data():
                out += self.stream.process(b"", output_buffer_limit=most - len(out))
        except brotli.error as error:
            raise BadEncoding(str(error)) from error
        return bytes(out)


def _gzip() -> _Members:
    return _Members(lambda _: zlib.decompressobj(31), (0x1F,))


def _deflate() -> _Members:
    """With its zlib header or, as some servers send it, without."""
    return _Members(lambda data: zlib.decompressobj(zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS))


def _zstd() -> _Members:
    return _Members(lambda _: zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}), _ZSTD_FRAMES)


_DECODERS: dict[str, Callable[[], Decoder]] = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _Brotli, "zstd": _zstd}
