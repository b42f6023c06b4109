"""Where an image really is: lazy attributes, srcset, picture, data: URLs, inline SVG."""

import re
from base64 import b64encode

from ada_url import join_url

Attrs = dict[str, str | None]
LAZY = (
    "data-src", "data-lazy-src", "data-original", "data-lazy", "data-actualsrc", "data-hi-res-src", "data-full-src", "data-url",
    "data-image", "data-echo", "data-orig-file", "data-lazyload", "data-cfsrc", "data-img-src", "data-large-file",
)  # fmt: skip
LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
SUFFIXES = (".svg", ".png", ".gif", ".jpg", ".jpeg", ".webp", ".avif", ".bmp")
_CANDIDATE = re.compile(r"\s*(\S*[^\s,])(?:\s+([\d.]+)([wxh]))?\s*(?:,|$)")
_PLACEHOLDER = re.compile(
    r"^data:image/(?:gif|svg)|(?:^|[/_-])(?:blank|placeholder|spacer|lazy|loading|transparent|pixel|grey|gray|1x1)\.(?:gif|png|svg|jpe?g)",
    re.I,
)
_PIXELS = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$")
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*url\(\s*[\"']?([^\"')]+)", re.I)
ICON_SIZE = 32  # inline SVGs up to this many pixels are buttons' icons


def absolute(base: str, url: str) -> str:
    """The URL against the base; '' where it names nothing that can be fetched."""
    url = url.strip()
    if url[:5].lower() == "data:":
        return url if url[5:11].lower() == "image/" else ""
    try:
        joined: str = join_url(base, url)
    except ValueError:
        return ""
    return joined if joined.startswith(("http:", "https:")) else ""


def largest(srcset: str) -> str:
    """The candidate of most pixels in a srcset."""
    found = [
        (float(size) if size.replace(".", "", 1).isdigit() else 1.0, -order, url)
        for order, (url, size, _) in enumerate(_CANDIDATE.findall(srcset))
    ]
    return max(found)[2] if found else ""


def source(attrs: Attrs, base: str, sets: str = "") -> str:
    """The URL of an img: the largest of a srcset, else a lazy attribute, else src."""
    for value in (*(attrs.get(name) for name in LAZY_SETS), sets):
        if value and (url := absolute(base, largest(value))) and not _PLACEHOLDER.search(url):
            return url
    for name in LAZY:
        value = attrs.get(name)
        if value and not value.startswith(("{", "[")) and not value.isdigit() and (url := absolute(base, value)):
            return url
    src = attrs.get("src") or ""
    if _PLACEHOLDER.search(src):
        src = next((value for name, value in attrs.items() if value and name.startswith("data-") and is_file(value)), src)
    return absolute(base, src) if src.strip() else ""


def is_file(value: str) -> bool:
    """Whether the value of an attribute is an image's address and nothing else."""
    return value.partition("?")[0].lower().endswith(SUFFIXES) and not any(mark in value for mark in " {[")


def is_lazy(attrs: Attrs) -> bool:
    """Whether a script is to put the real image here."""
    src = attrs.get("src") or ""
    return not src or bool(_PLACEHOLDER.search(src)) or any(name in attrs for name in LAZY)


def of_object(tag: str, attrs: Attrs, base: str) -> str:
    """The image an <object> or <embed> shows, by type or by file name."""
    value = attrs.get("data" if tag == "object" else "src") or ""
    path = value.partition("?")[0].lower()
    is_picture = (attrs.get("type") or "").startswith("image/") or path.endswith(SUFFIXES) or path.startswith("data:image/")
    return absolute(base, value) if value and is_picture else ""


def of_background(attrs: Attrs, base: str) -> str:
    match = _BACKGROUND.search(attrs.get("style") or "")
    return absolute(base, match[1]) if match else ""


def pixels(value: str | None) -> int | None:
    match = _PIXELS.match(value) if value else None
    return int(match[1]) if match else None


def of_svg(markup: str, attrs: Attrs) -> str:
    """An inline SVG as a data: URL; '' for an icon: small, or a reference to a sprite."""
    sizes = [size for size in (pixels(attrs.get("width")), pixels(attrs.get("height"))) if size is not None]
    box = (attrs.get("viewBox") or attrs.get("viewbox") or "").replace(",", " ").split()
    if not sizes and len(box) == 4:
        sizes = [int(float(side)) for side in box[2:] if side.replace(".", "", 1).isdigit()]
    if sizes and max(sizes) <= ICON_SIZE:
        return ""
    if "<use" in markup and not re.search(r"<(?:path|line|circle|rect|text|poly|ellipse|image)", markup):
        return ""
    return inline_svg(markup)


def inline_svg(markup: str) -> str:
    if "xmlns=" not in markup.partition(">")[0]:
        markup = markup.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    if "xlink:" in markup and "xmlns:xlink" not in markup:
        markup = markup.replace("<svg", '<svg xmlns:xlink="http://www.w3.org/1999/xlink"', 1)
    return "data:image/svg+xml;base64," + b64encode(markup.encode("utf-8", "replace")).decode()
