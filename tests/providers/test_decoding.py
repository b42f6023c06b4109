"""Content codings fed in pieces: whole, in several members, broken, and bombs."""

import gzip
import tracemalloc
import zlib

import brotli
import pytest
from backports import zstd

from vwi_lake.providers.decoding import BadEncoding, decoder_of

TEXT = b"".join(b"line %d of the page\n" % i for i in range(2_000))
WHOLE = {
    "gzip": gzip.compress(TEXT, mtime=0),
    "x-gzip": gzip.compress(TEXT[:999], mtime=0) + gzip.compress(TEXT[999:], mtime=0),
    "deflate": zlib.compress(TEXT),
    "br": brotli.compress(TEXT),
    "zstd": zstd.compress(TEXT[:999]) + zstd.compress(TEXT[999:]),
}
EXTRA = {"raw deflate": ("deflate", zlib.compress(TEXT)[2:-4]), "padded gzip": ("gzip", WHOLE["gzip"] + bytes(20))}
CASES = list(WHOLE.items()) + list(EXTRA.values())


def decoded(encoding, data, step, most=1 << 20):
    decoder = decoder_of(encoding)
    out = bytearray()
    for at in range(0, len(data), step):
        out += decoder.feed(data[at : at + step], most - len(out))
    return bytes(out), decoder.is_complete


@pytest.mark.parametrize("step", [1, 7, 1_000_000])
@pytest.mark.parametrize(("encoding", "data"), CASES)
def test_pieces_make_the_whole(encoding, data, step):
    assert decoded(encoding, data, step) == (TEXT, True)


@pytest.mark.parametrize("encoding", WHOLE)
def test_what_breaks_off_is_not_complete(encoding):
    assert not decoded(encoding, WHOLE[encoding][:-5], 100)[1]


@pytest.mark.parametrize("encoding", WHOLE)
def test_what_is_something_else_is_refused(encoding):
    with pytest.raises(BadEncoding):
        decoded(encoding, b"\x0f<html>this is no compressed stream at all</html>" * 20, 1_000)


@pytest.mark.parametrize("encoding", ["compress", "gzip, gzip", "x" * 10_000])
def test_what_was_not_asked_for_is_refused(encoding):
    with pytest.raises(BadEncoding):
        decoder_of(encoding)


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_nothing_to_undo(encoding):
    assert decoder_of(encoding) is None


def test_a_zstd_frame_that_wants_a_huge_window_is_refused():
    compressor = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    packed = compressor.compress(bytes(1_000_000)) + compressor.flush()
    with pytest.raises(BadEncoding):
        decoded("zstd", packed, 1_000)


BOMBS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "deflate": zlib.compress,
    "br": lambda data: brotli.compress(data, quality=5),
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("encoding", BOMBS)
def test_a_bomb_never_unfolds(encoding):
    bomb = BOMBS[encoding](bytes(30_000_000))
    decoder = decoder_of(encoding)
    tracemalloc.start()
    try:
        out = decoder.feed(bomb, 10_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 10_000 <= len(out) < 100_000
    assert peak < 2_000_000
