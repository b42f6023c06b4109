"""Every file is an image or is refused with a reason; nothing crashes, stalls or fills memory."""

import base64
import gzip
import io
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from vwi_lake.web.images import ImageRejected, data_url, decode, normalize, phash

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def drawing(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((5, 5, 25, 30), fill="red", outline="black")
    pen.line((0, 39, 59, 0), fill="blue", width=3)
    return image.convert(mode)


def encoded(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def turned(orientation: int, file_format: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(drawing(), file_format, exif=exif)


def svg(body: str = '<rect width="30" height="20" fill="red"/>', attributes: str = 'width="60" height="40"') -> bytes:
    return f"<svg {SVG} {attributes}>{body}</svg>".encode()


def animation(file_format: str) -> bytes:
    return encoded(drawing(), file_format, save_all=True, append_images=[Image.new("RGB", (60, 40), "black")])


def transparent(file_format: str = "PNG", mode: str = "RGBA") -> bytes:
    image = Image.new("RGBA", (60, 40))
    ImageDraw.Draw(image).ellipse((10, 5, 50, 35), fill="black")
    return encoded(image if mode == "RGBA" else image.quantize(8), file_format)


WHOLE = {
    "png": encoded(drawing()),
    "jpeg": encoded(drawing(), "JPEG"),
    "progressive": encoded(drawing(), "JPEG", progressive=True),
    "gif": encoded(drawing("P"), "GIF"),
    "webp": encoded(drawing(), "WEBP"),
    "avif": encoded(drawing(), "AVIF"),
    "bmp": encoded(drawing(), "BMP"),
    "animated gif": animation("GIF"),
    "animated png": animation("PNG"),
    "animated webp": animation("WEBP"),
    "svg": svg(),
}


@pytest.mark.parametrize("name", WHOLE)
def test_decodes_the_first_frame(name: str):
    image = decode(WHOLE[name])
    assert (image.size, image.mode in ("L", "RGB", "RGBA"), image.info) == ((60, 40), True, {})
    red, green, blue = image.convert("RGB").getpixel((15, 15))
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_pixel_layouts(mode: str):
    image = drawing("L").convert(mode) if mode == "I;16" else drawing(mode)
    assert decode(encoded(image, "JPEG" if mode == "CMYK" else "PNG")).mode in ("L", "RGB", "RGBA")


def test_sixteen_bits_are_not_clipped():
    ramp = Image.frombytes("I;16", (256, 40), b"".join(struct.pack("<H", x * 257) for x in range(256)) * 40)
    assert decode(encoded(ramp)).getextrema() == (0, 255)


@pytest.mark.parametrize(
    ("data", "kept", "file_format", "source"),
    [
        (WHOLE["png"], True, "png", "png"),
        (WHOLE["jpeg"], True, "jpeg", "jpeg"),
        (transparent(), True, "png", "png"),
        (encoded(drawing("P")), True, "png", "png"),
        (turned(1), True, "jpeg", "jpeg"),
        (turned(6), False, "png", "jpeg"),
        (turned(3, "PNG"), False, "png", "png"),
        (transparent(mode="P"), False, "png", "png"),
        (encoded(drawing("CMYK"), "JPEG"), False, "png", "jpeg"),
        (WHOLE["gif"], False, "png", "gif"),
        (WHOLE["webp"], False, "png", "webp"),
        (WHOLE["avif"], False, "png", "avif"),
        (WHOLE["bmp"], False, "png", "bmp"),
        (WHOLE["animated png"], False, "png", "png"),
        (WHOLE["svg"], False, "png", "svg"),
    ],
)
def test_normalize_changes_no_more_than_needed(data: bytes, kept: bool, file_format: str, source: str):
    normal = normalize(data)
    assert (normal.data == data, normal.format, normal.source_format) == (kept, file_format, source)
    assert normal == normalize(data)
    assert Image.open(io.BytesIO(normal.data)).size == (normal.width, normal.height)
    assert normalize(normal.data).data == normal.data


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(orientation: int):
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(turned(orientation, "PNG"))))
    assert decode(turned(orientation, "PNG")).tobytes() == upright.tobytes()


@pytest.mark.parametrize("data", [transparent(), transparent(mode="P"), transparent("WEBP"), transparent("GIF")])
def test_transparency_is_kept_and_hashed_on_white(data: bytes):
    normal = normalize(data)
    image = Image.open(io.BytesIO(normal.data))
    assert image.mode == "RGBA"
    assert (image.getpixel((0, 0))[3], image.getpixel((30, 20))[3]) == (0, 255)
    on_white = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    assert bin(int(normal.phash, 16) ^ int(phash(on_white), 16)).count("1") <= 2


def test_phash_survives_copies_and_tells_pictures_apart():
    one, other = drawing(size=(300, 200)), drawing(size=(300, 200)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    copy = decode(encoded(one.resize((150, 100)), "JPEG", quality=40))
    assert len(phash(one)) == 16
    assert bin(int(phash(one), 16) ^ int(phash(copy), 16)).count("1") <= 4
    assert bin(int(phash(one), 16) ^ int(phash(other), 16)).count("1") >= 16


@pytest.mark.parametrize("name", [n for n in WHOLE if not n.startswith("animated")])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_truncated_files_are_refused(name: str, share: float):
    data = WHOLE[name]
    with pytest.raises(ImageRejected):
        decode(data[: min(int(len(data) * share), len(data) - 2)])


@pytest.mark.parametrize("name", ["png", "jpeg", "webp", "avif"])
def test_a_missing_last_byte_is_noticed(name: str):
    with pytest.raises(ImageRejected) as refused:
        decode(WHOLE[name][:-1])
    assert refused.value.reason == "truncated"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def gif_with(extension: bytes) -> bytes:
    data = encoded(Image.new("1", (5, 5)).convert("P"), "GIF")
    at = 13 + (3 << (data[10] & 7) + 1)
    return data[:at] + extension + data[at:]


def rle_bmp(side: int) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024) + head + bytes(1024) + b"\1\0" * side * 100


def jpeg_scans(times: int) -> bytes:
    data = encoded(Image.new("L", (1000, 1000)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * times + data[-2:]


def embedded(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "not_an_image"),
    "text": (lambda: b"hello", "not_an_image"),
    "page": (lambda: b"<!doctype html><html><body>" + svg(), "not_an_image"),
    "tiff": (lambda: encoded(drawing(), "TIFF"), "not_an_image"),
    "eps": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_an_image"),
    "no pixels": (lambda: png_of(0, 5), "broken"),
    "many pixels": (lambda: png_of(100_000, 100_000), "too_many_pixels"),
    "fewer rows": (lambda: png_of(500, 500), "truncated"),
    "png chunks": (lambda: WHOLE["png"][:33] + chunk(b"tEXt", b"") * 500_000 + WHOLE["png"][33:], "too_many_parts"),
    "jpeg padding": (lambda: WHOLE["jpeg"][:2] + b"\xff" * 5_000_000 + WHOLE["jpeg"][2:], "too_many_parts"),
    "jpeg comments": (lambda: WHOLE["jpeg"][:2] + b"\xff\xfe\0\2" * 1_000_000 + WHOLE["jpeg"][2:], "too_many_parts"),
    "jpeg scans": (lambda: jpeg_scans(500), "too_many_pixels"),
    "gif extensions": (lambda: gif_with(b"\x21\xfe\x01a\0" * 500_000), "too_many_parts"),
    "gif comment": (lambda: gif_with(b"\x21\xfe" + b"\x01a" * 500_000 + b"\0"), "too_many_parts"),
    "bmp runs": (lambda: rle_bmp(2000), "too_many_pixels"),
    "large": (lambda: WHOLE["png"] + bytes(50_000_000), "too_large"),
    "svg nesting": (lambda: svg("<g>" * 50_000 + "</g>" * 50_000), "too_complex"),
    "svg filters": (
        lambda: svg(
            '<filter id="f"><feMorphology radius="300"/><feGaussianBlur stdDeviation="50"/></filter>'
            + '<rect filter="url(#f)" width="2000" height="2000"/>' * 300,
            'width="2000" height="2000"',
        ),
        "too_complex",
    ),
    "svg picture": (
        lambda: svg(f'<image width="9" height="9" href="{embedded(encoded(Image.new("1", (20_000, 20_000))))}"/>'),
        "too_complex",
    ),
    "svg use": (
        lambda: svg(
            '<rect id="a0" width="9" height="9"/>'
            + "".join(f'<g id="a{i + 1}">' + f'<use xlink:href="#a{i}"/>' * 10 + "</g>" for i in range(7))
        ),
        "broken|too_complex",
    ),
    "svg entities": (
        lambda: b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>' + svg("<text>&b;</text>"),
        "unsafe_svg",
    ),
    "svg shape": (lambda: svg(attributes='width="1e9" height="1"'), "too_many_pixels"),
    "svgz": (lambda: gzip.compress(svg(" " * 5_000_000)), "too_large"),
    "svg roots": (lambda: b"<svg" * 500_000, "not_an_image"),
    "svg comments": (lambda: b"<!--" * 500_000, "not_an_image"),
    "svg cut": (lambda: svg()[:-3], "broken"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name: str):
    make, reason = HOSTILE[name]
    data = make()
    with pytest.raises(ImageRejected) as refused:
        decode(data)
    assert refused.value.reason in reason.split("|")


def test_svg_after_a_crash_is_drawn():
    with pytest.raises(ImageRejected):
        decode(svg("<g>" * 50_000 + "</g>" * 50_000))
    assert decode(svg()).getpixel((5, 5)) == (255, 0, 0, 255)


@pytest.mark.parametrize(
    "data",
    [
        svg(),
        b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a > b -->\n<!DOCTYPE svg PUBLIC '-//W3C' 'http://x/y.dtd'>\n" + svg(),
        svg().decode().encode("utf-16"),
        gzip.compress(svg()),
        b'<svg width="60" height="40"><rect width="30" height="20" fill="red"/></svg>',
        b'<s:svg xmlns:s="http://www.w3.org/2000/svg" width="60" height="40"><s:rect width="30" height="20" fill="red"/></s:svg>',
        b'<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]><svg xmlns="&ns;" viewBox="0 0 60 40">'
        b'<rect width="30" height="20" fill="red"/></svg>',
        svg(attributes='viewBox="0 0 60 40"'),
        svg(attributes='width="45pt" height="30pt" viewBox="0 0 60 40"'),
    ],
)
def test_svg_spellings(data: bytes):
    image = decode(data)
    assert (image.size, image.getpixel((5, 5)), image.getpixel((55, 5))[3]) == ((60, 40), (255, 0, 0, 255), 0)


def test_svg_draws_text_and_is_kept_small():
    if not any(Path(folder).exists() for folder in ("/usr/share/fonts", "/System/Library/Fonts", "C:/Windows/Fonts")):
        pytest.skip("no fonts on this machine")
    assert decode(svg('<text x="5" y="35" font-size="30">Ab</text>')).getbbox() is not None
    width, height = decode(svg(attributes='width="60000" height="40000"')).size
    assert (width * height <= 4_100_000, round(width / height, 1)) == (True, 1.5)


@pytest.mark.parametrize("reference", ["{path}", "file://{path}", "  {path}", "&p;", "data:image/svg+xml;base64,{nested}"])
@pytest.mark.parametrize("attribute", ["xlink:href", "href", "HREF"])
def test_svg_reads_no_files(tmp_path: Path, attribute: str, reference: str):
    path = tmp_path / "secret.png"
    path.write_bytes(encoded(Image.new("RGB", (60, 40), "green")))
    nested = base64.b64encode(svg(f'<image width="60" height="40" href="{path}"/>')).decode()
    link = reference.format(path=path, nested=nested)
    markup = f'<!DOCTYPE svg [<!ENTITY p "{path}">]>'.encode() + svg(f'<image width="60" height="40" {attribute}="{link}"/>')
    assert decode(markup).getbbox() is None


def test_damaged_files_never_raise_anything_else():
    random_ = random.Random(7)
    for data in WHOLE.values():
        for _ in range(40):
            damaged = bytearray(data)
            for _ in range(random_.choice((1, 4, 20))):
                damaged[random_.randrange(len(damaged))] = random_.randrange(256)
            try:
                normalize(bytes(damaged))
            except ImageRejected as refused:
                assert refused.reason.replace("_", "").isalpha()


@pytest.mark.parametrize(
    ("url", "mime", "data"),
    [
        ("data:image/png;base64,aGk=", "image/png", b"hi"),
        ("data:image/png;base64,aGk", "image/png", b"hi"),
        ("DATA:image/PNG ; charset=x ; BASE64 , aG\n k%3D", "image/png", b"hi"),
        ("data:image/svg+xml;utf8,%3Csvg/%3E", "image/svg+xml", b"<svg/>"),
        ("data:image/svg+xml,<svg/>#frag", "image/svg+xml", b"<svg/>"),
        ("data:,a%20b", "text/plain", b"a b"),
        ("data:;base64,aGk=", "text/plain", b"hi"),
    ],
)
def test_data_urls(url: str, mime: str, data: bytes):
    assert data_url(url) == (mime, data)


@pytest.mark.parametrize("url", ["", "data:", "data:image/png", "http://a/b,c", "data:image/png;base64,a", "data:image/png;base64,§§§§"])
def test_malformed_data_urls(url: str):
    with pytest.raises(ValueError, match="data: URL"):
        data_url(url)


@pytest.mark.shared
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_third_party_suite(shared: Path):
    for path in sorted((shared / "suites" / "images").rglob("*.*")):
        if path.is_file():
            try:
                decode(path.read_bytes()).load()
            except ImageRejected:
                assert "good" not in str(path) or path.suffix in (".tif", ".ppm")
