"""What a body is, whatever its server called it."""

# The first bytes of what is often sent as text/html and is none (WHATWG MIME Sniffing, section 6).
MAGIC = {
    b"%PDF-": "application/pdf",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b": "application/gzip",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"{\\rtf": "application/rtf",
    b"\xd0\xcf\x11\xe0": "application/x-ole-storage",
}


def media_type(body: bytes, declared: str | None) -> str | None:
    """The media type that the first bytes tell; else the declared one."""
    return next((kind for magic, kind in MAGIC.items() if body.startswith(magic)), declared)
