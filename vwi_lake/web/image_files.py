"""Which image format bytes hold, and whether its outer structure is whole and cheap enough to hand to a decoder.

Python-level parsers and entropy decoders can be kept busy for minutes by a small file (a million empty chunks, a
thousand progressive scans), so the structure is walked once, with a limit on its parts, before any pixel is decoded.
"""

MAX_BYTES = 50_000_000
MAX_PARTS = 20_000  # chunks, segments or blocks; a 50 MB PNG in 8 KB chunks has 6,000
MAX_SCANNED_PIXELS = 300_000_000  # progressive scans x pixels; cameras write about ten scans


class ImageRejected(ValueError):  # noqa: N818 - the name is a contract
    """An image that is not taken in; `reason` is a short snake_case class."""

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


def sniff(data: bytes) -> str | None:
    """Name the format by its first bytes (MIME Sniffing standard, section 6.1), never by name or declared type."""
    head = data[:16]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and any(brand in data[8:64] for brand in (b"avif", b"avis")):
        return "avif"
    return "bmp" if head.startswith(b"BM") else None


def check_structure(data: bytes, file_format: str) -> None:
    """Reject what is cut short or made of too many parts."""
    if len(data) > MAX_BYTES:
        raise ImageRejected("too_large", f"{len(data)} bytes")
    walk = _WALKS.get(file_format)
    if walk is not None and not walk(data):
        raise ImageRejected("truncated", f"{file_format} ends before its last part")


def scan_count(data: bytes) -> int:
    """JPEG scans; the marker cannot occur inside entropy-coded data, where 0xff is followed by a stuffed zero."""
    return data.count(b"\xff\xda")


def is_run_length_bmp(data: bytes) -> bool:
    """Pillow decodes these run by run in Python: slow enough to want a tighter pixel cap."""
    return len(data) > 34 and int.from_bytes(data[14:18], "little") >= 40 and int.from_bytes(data[30:34], "little") in (1, 2)


def _walk_png(data: bytes) -> bool:
    at = 8
    for _ in range(MAX_PARTS):
        if at + 12 > len(data):
            return False
        kind, at = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4], "big")
        if kind == b"IEND":
            return True
    raise ImageRejected("too_many_parts", "png chunks")


def _walk_jpeg(data: bytes) -> bool:
    """Segments up to the first scan, then an end marker somewhere behind it."""
    at = 2
    for _ in range(MAX_PARTS):
        if at + 4 > len(data):
            return False
        if data[at] != 0xFF or data[at + 1] in (0x00, 0xFF):  # padding, or junk that decoders skip
            at += 1
            continue
        if data[at + 1] == 0xDA:
            return data.find(b"\xff\xd9", at) >= 0
        at += 2 if 0xD0 <= data[at + 1] <= 0xD8 or data[at + 1] == 0x01 else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise ImageRejected("too_many_parts", "jpeg segments")


def _walk_gif(data: bytes) -> bool:
    """Blocks up to the end of the first picture: later frames are not used, a missing trailer is common."""
    at = 13 + _colour_table(data[10] if len(data) > 10 else 0)
    for _ in range(MAX_PARTS):
        if at + 1 >= len(data):
            return False
        if data[at] == 0x2C:  # the picture: ten bytes, its colours, the code size, its sub-blocks
            return at + 10 < len(data) and _after_sub_blocks(data, at + 11 + _colour_table(data[at + 9]), len(data)) is not None
        if data[at] == 0x21:
            after = _after_sub_blocks(data, at + 2, MAX_PARTS)
            if after is None:
                return False
            at = after
        else:
            at += 1  # junk that decoders skip
    raise ImageRejected("too_many_parts", "gif blocks")


def _colour_table(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_sub_blocks(data: bytes, at: int, most: int) -> int | None:
    for _ in range(most):
        if at >= len(data):
            return None
        size = data[at]
        at += 1 + size
        if not size:
            return at
    raise ImageRejected("too_many_parts", "gif sub-blocks")


def _walk_webp(data: bytes) -> bool:
    return len(data) >= 8 + int.from_bytes(data[4:8], "little")


def _walk_avif(data: bytes) -> bool:
    """ISO BMFF boxes must add up to the file (ISO/IEC 14496-12, section 4.2)."""
    at = 0
    for _ in range(MAX_PARTS):
        if at + 8 > len(data):
            return at == len(data)
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:  # to the end of the file
            return True
        at += max(8, size)
    raise ImageRejected("too_many_parts", "avif boxes")


_WALKS = {"png": _walk_png, "jpeg": _walk_jpeg, "gif": _walk_gif, "webp": _walk_webp, "avif": _walk_avif}
