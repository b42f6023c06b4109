"""Where an image really is: lazy attributes, srcset, picture, data: URLs, inline SVG."""

import re
from base64 import b64encode

from ada_url import join_url

Attrs = dict[str, str | None]
LAZY = (
    "data-src",
    "data-lazy-src",
    "data-original",
    "data-lazy",
    "data-actualsrc",
    "data-hi-res-src",
    "data-full-src",
    "data-url",
    "data-image",
    "data-echo",
    "data-orig-file",
)
LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_CANDIDATE = re.compile(r"\s*([^\s,]\S*[^\s,]|[^\s,])(?:\s+([\d.]+)([wxh]))?\s*(?:,|$)")
_PLACEHOLDER = re.compile(
    r"^data:image/(?:gif|svg)|(?:^|[/_-])(?:blank|placeholder|spacer|lazy|loading|transparent|pixel|grey|1x1)\.(?:gif|png|svg|jpe?g)", re.I
)


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
    found = [(float(size or 1), -order, url) for order, (url, size, _) in enumerate(_CANDIDATE.findall(srcset))]
    return max(found)[2] if found else ""


def source(attrs: Attrs, base: str, sets: str = "") -> str:
    """The URL of an img: a lazy attribute before a placeholder, the largest of a srcset before src."""
    src = attrs.get("src") or ""
    for name in LAZY:
        if (value := attrs.get(name)) and "/" in value + "/" and not value.startswith(("{", "[")) and (url := absolute(base, value)):
            return url
    for value in (sets, *(attrs.get(name) for name in LAZY_SETS)):
        if value and (url := absolute(base, largest(value))) and not _PLACEHOLDER.search(url):
            return url
    return absolute(base, src) if src.strip() else ""


def pixels(value: str | None) -> int | None:
    match = re.match(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", value or "")
    return int(match[1]) if match else None


def inline_svg(markup: str) -> str:
    if "xmlns=" not in markup.partition(">")[0]:
        markup = markup.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return "data:image/svg+xml;base64," + b64encode(markup.encode("utf-8", "replace")).decode()
