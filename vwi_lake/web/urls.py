"""URLs as browsers read them: one spelling per address, and the domain somebody registered."""

from functools import cache
from ipaddress import ip_address

import ada_url
from publicsuffixlist import PublicSuffixList


def canonical(url: str, base: str | None = None) -> str:
    """The WHATWG href (https://url.spec.whatwg.org) without its fragment; ValueError where it is no http(s) address."""
    parsed = ada_url.URL(url, base=base) if base is not None else ada_url.URL(url)
    if parsed.protocol not in ("http:", "https:"):
        raise ValueError(f"not an http(s) URL: {url!r}")
    parsed.hash = ""
    return str(parsed.href)


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
