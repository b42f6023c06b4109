"""URLs as browsers read them: one spelling per address, and the domain somebody registered."""

import re
from functools import cache
from ipaddress import ip_address
from urllib.parse import unquote

import ada_url
from publicsuffixlist import PublicSuffixList


def canonical(url: str, base: str | None = None) -> str:
    """The WHATWG href (https://url.spec.whatwg.org) without its fragment; ValueError where it is no http(s) address."""
    parsed = ada_url.URL(url, base=base) if base is not None else ada_url.URL(url)
    if parsed.protocol not in ("http:", "https:"):
        raise ValueError(f"not an http(s) URL: {url!r}")
    parsed.hash = ""
    return str(parsed.href)


_VARIANT_HOSTS = ("www", "m", "mobile", "amp")
_VARIANT_PATH = re.compile(r"^/(?:amp|print)(?=/.)|/(?:amp|print)/?$|/index\.(?:html?|php)$")
_VARIANT_PARAMETER = re.compile(r"utm_.*|[a-z]*clid|(?:amp|print|printable)=(?:1|true|yes)|(?:output|view)=(?:amp|print)", re.IGNORECASE)


def page_key(url: str) -> str:
    """One name for the addresses of a page, whatever the scheme, www, mobile, AMP, print, index file, last slash or click id; ValueError
    as `canonical`. It never changes: what was taken down is known by it (sql/silver/urls.sql may learn more variants)."""
    parsed = ada_url.URL(canonical(url))
    domain = registered_domain(parsed.hostname) or parsed.hostname
    labels = [label for label in parsed.hostname.removesuffix(domain).split(".") if label and label not in _VARIANT_HOSTS]
    path = _VARIANT_PATH.sub("", unquote(parsed.pathname)).rstrip("/")
    parameters = [p for p in parsed.search.removeprefix("?").split("&") if p and not is_variant(p)]
    return f"{'.'.join([*labels, domain])}{parsed.port}{path}?{'&'.join(parameters)}"


def is_variant(parameter: str) -> bool:
    """Whether a query's `name=value` chooses no other page."""
    return any(_VARIANT_PARAMETER.fullmatch(part) for part in (parameter, parameter.partition("=")[0]))


def host_of(url: str) -> str:
    """The host in ASCII, without port; IPv6 keeps its brackets. ValueError where the URL cannot be one."""
    return str(ada_url.URL(url).hostname)


def registered_domain(host: str) -> str | None:
    """Public suffix plus one label (https://publicsuffix.org/list), in ASCII; None for suffixes, IP addresses and malformed names."""
    name = _ascii(host)
    if name is None or _is_ip(name):
        return None
    domain = _suffixes().privatesuffix(name)
    return str(domain) if domain else None


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _ascii(host: str) -> str | None:
    """Lower case punycode, as `host_of` spells it."""
    try:
        name = ada_url.idna_to_ascii(host.strip().removesuffix(".")).decode("ascii")
    except ValueError:
        return None
    return name.lower() or None


def _is_ip(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
