"""Image bytes from anywhere to pixels, to PNG or JPEG, and to a perceptual hash: an image, or ImageRejected, whatever the file."""

import base64
import binascii
import io
import struct
import urllib.parse
import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import AvifImagePlugin, BmpImagePlugin, GifImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from vwi_lake.web import svg
from vwi_lake.web.image_files import MAX_SCANNED_PIXELS, ImageRejected, check_structure, is_run_length_bmp, scan_count, sniff

__all__ = ["ImageRejected", "Normalized", "data_url", "decode", "normalize", "on_white", "phash"]

MAX_DRAWN_PIXELS = 8_000_000  # what is written anew is made no larger: encoding more takes seconds, and no model reads it

# Opened by class, not by Image.open, which warns of large pictures instead of refusing them and reads what we do not want.
_OPENERS: dict[str, type[ImageFile.ImageFile]] = {
    "png": PngImagePlugin.PngImageFile,
    "jpeg": JpegImagePlugin.JpegImageFile,
    "gif": GifImagePlugin.GifImageFile,
    "webp": WebPImagePlugin.WebPImageFile,
    "avif": AvifImagePlugin.AvifImageFile,
    "bmp": BmpImagePlugin.BmpImageFile,
}
# WebP and AVIF decoders hold the picture three times over; a picture and its turned copy must stay under 300 MB
_MAX_PIXELS = {"webp": 12_500_000, "avif": 12_500_000}
_MAX_PIXELS_DEFAULT = 25_000_000
# What Pillow's parsers raise on malformed files; a Warning is raised where warnings are errors
_DECODER_ERRORS = (
    OSError, ValueError, SyntaxError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError,
    EOFError, MemoryError, RuntimeError, struct.error, zlib.error, Warning,
)  # fmt: skip
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Normalized:
    data: bytes
    format: Literal["png", "jpeg"]
    source_format: str
    width: int
    height: int
    phash: str


@dataclass(frozen=True)
class _Decoded:
    image: Image.Image  # L, RGB or RGBA
    source_format: str
    as_stored: bool  # the file's own pixels, unturned, of a kind that every reader of PNG and JPEG knows


def decode(data: bytes) -> Image.Image:
    """The first frame, upright, as L, RGB or RGBA pixels without metadata."""
    return _decode(data).image


def normalize(data: bytes) -> Normalized:
    """PNG and JPEG that need no change keep their bytes; everything else becomes PNG."""
    decoded = _decode(data)
    image = decoded.image
    if decoded.as_stored and decoded.source_format in ("png", "jpeg"):
        kept: Literal["png", "jpeg"] = "png" if decoded.source_format == "png" else "jpeg"
        return Normalized(data, kept, kept, image.width, image.height, phash(image))
    if image.width * image.height > MAX_DRAWN_PIXELS:
        image = image.reduce(_reduction(image))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6 if image.width * image.height < 1_000_000 else 1)
    return Normalized(buffer.getvalue(), "png", decoded.source_format, image.width, image.height, phash(image))


def phash(image: Image.Image) -> str:
    """64 bits as hex: signs of the low frequencies of a 32x32 picture against their median (Zauner 2010, DCT hash)."""
    small = np.asarray(on_white(image.convert("RGBA") if image.mode in ("P", "PA", "LA") else image, (32, 32)), dtype=np.float64)
    low = (_DCT @ small @ _DCT.T).ravel()
    bits = low > np.median(low[1:])  # the first is the mean brightness, which says nothing
    return f"{int(''.join('1' if b else '0' for b in bits), 2):016x}"


def on_white(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Grey pixels of that size, transparent ones on white as a page shows them."""
    if image.mode not in ("RGBA", "LA"):
        return image.convert("L").resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    small = image.convert("RGBA").resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return Image.alpha_composite(Image.new("RGBA", size, "white"), small).convert("L")


def data_url(url: str) -> tuple[str, bytes]:
    """Media type and bytes of a data: URL (Fetch standard, "data: URL processor"); ValueError where it is malformed."""
    scheme, _, rest = url.strip().partition(":")
    header, comma, body = rest.partition(",")
    if scheme.lower() != "data" or not comma:
        raise ValueError("not a data: URL")
    *parameters, last = [part.strip() for part in header.split(";")]
    is_base64 = last.lower() == "base64" and bool(parameters)
    mime = (parameters or [last])[0].lower() or "text/plain"
    data = urllib.parse.unquote_to_bytes(body.partition("#")[0])
    if not is_base64:
        return mime, data
    packed = bytes(data.translate(None, b" \t\r\n\f")).rstrip(b"=")
    try:
        return mime, base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(f"data: URL holds malformed base64: {error}") from error


def _dct_basis() -> np.ndarray:
    return np.cos(np.pi / 32 * (np.arange(32) + 0.5) * np.arange(8)[:, None])


_DCT = _dct_basis()


def _decode(data: bytes) -> _Decoded:
    data = bytes(data)
    file_format = sniff(data)
    if file_format is None and svg.is_svg(data):
        return _Decoded(_pixels(_load(svg.draw(data), "png")), "svg", False)
    if file_format is None:
        raise ImageRejected("not_an_image", "empty" if not data else "")
    check_structure(data, file_format)
    opened = _load(data, file_format)
    turn = _TURNS.get(_orientation(opened))
    kept = turn is None and opened.mode in ("1", "L", "LA", "RGB", "RGBA", "I;16", "P") and getattr(opened, "n_frames", 1) == 1
    kept = kept and not (opened.mode == "P" and "transparency" in opened.info)
    image = _pixels(opened)
    return _Decoded(image.transpose(turn) if turn is not None else image, file_format, kept)


def _load(data: bytes, file_format: str) -> ImageFile.ImageFile:
    try:
        image = _OPENERS[file_format](io.BytesIO(data))
        _check_size(image.width, image.height, data, file_format)
        image.load()
    except ImageRejected:
        raise
    except Image.DecompressionBombError as error:
        raise ImageRejected("too_many_pixels", file_format) from error
    except _DECODER_ERRORS as error:
        raise ImageRejected("truncated" if "truncated" in str(error).lower() else "broken", f"{file_format}: {error}") from error
    return image


def _check_size(width: int, height: int, data: bytes, file_format: str) -> None:
    pixels = width * height
    if pixels < 1:
        raise ImageRejected("too_small", f"{width}x{height}")
    most = 1_000_000 if file_format == "bmp" and is_run_length_bmp(data) else _MAX_PIXELS.get(file_format, _MAX_PIXELS_DEFAULT)
    if pixels > most or (file_format == "jpeg" and pixels * scan_count(data) > MAX_SCANNED_PIXELS):
        raise ImageRejected("too_many_pixels", f"{width}x{height}")


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(0x0112, 1)
    except _DECODER_ERRORS:  # a broken EXIF block says nothing about the picture
        return 1
    return value if isinstance(value, int) else 1


def _pixels(image: Image.Image) -> Image.Image:
    """One of three pixel layouts, whatever the file's."""
    try:
        if image.mode.startswith("I"):  # 16 bits: convert("L") would clip
            image = image.convert("I").point(lambda value: value / 256).convert("L")
        transparent = "transparency" in image.info or image.mode in ("LA", "PA", "La", "RGBa", "RGBA")
        plain = "RGBA" if transparent else "L" if image.mode in ("1", "L") else "RGB"
        pixels = image if image.mode == plain else image.convert(plain)
        pixels = pixels if isinstance(pixels, Image.Image) and type(pixels) is Image.Image else pixels._new(pixels.im)
    except _DECODER_ERRORS as error:
        raise ImageRejected("broken", str(error)) from error
    pixels.info = {}  # else a profile or a text of the source is written into the PNG
    return pixels


def _reduction(image: Image.Image) -> int:
    return int((image.width * image.height / MAX_DRAWN_PIXELS) ** 0.5) + 1
