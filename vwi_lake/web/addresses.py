"""Which network addresses a fetch may reach: public ones only, decided before anything is dialled."""

from collections.abc import Callable, Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import ada_url

DEFAULT_PORTS = frozenset({80, 443})

# The IANA special-purpose registries (https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-), and what
# is routed nowhere; Python's is_global lets some of them through.
_DENIED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; some clouds keep their metadata service here
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's host agent, on a public address
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_LOCAL_NAMES = (".", ".localhost", ".localdomain", ".local", ".internal", ".home.arpa")
_GLOBAL_V6 = IPv6Network("2000::/3")  # all that is routed at all
_DENIED_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID …
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)


class AddressDenied(ValueError):  # noqa: N818 - read as a sentence: the address was denied
    """`reason`: scheme, credentials, port, no_host, no_address or not_public."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


def check(url: str, resolve: Callable[[str], list[str]], ports: Collection[int] = DEFAULT_PORTS) -> str:
    """The address to dial for this URL, one of the resolver's answers; AddressDenied where any of them is not public."""
    host = target(url, ports)
    literal = host.strip("[]") if host.startswith("[") or _is_ipv4(host) else None
    return choose([literal] if literal else resolve(host))


def target(url: str, ports: Collection[int] = DEFAULT_PORTS) -> str:
    """The host to look up, as a browser reads it: http://0x7f.1/ names 127.0.0.1."""
    try:
        parsed = ada_url.URL(url)
    except ValueError as error:
        raise AddressDenied("no_host", "not a URL") from error
    if parsed.protocol not in ("http:", "https:"):
        raise AddressDenied("scheme", parsed.protocol)
    if parsed.username or parsed.password:  # we log in nowhere, and http://127.0.0.1%2f@host/ only means to mislead
        raise AddressDenied("credentials", parsed.hostname)
    if not parsed.hostname or f".{parsed.hostname.rstrip('.')}".endswith(_LOCAL_NAMES):
        raise AddressDenied("no_host", parsed.hostname)
    default = 443 if parsed.protocol == "https:" else 80
    if int(parsed.port or default) not in ports:
        raise AddressDenied("port", parsed.port)
    return str(parsed.hostname)


def choose(answers: list[str]) -> str:
    """The first of a name's addresses, provided that every one is public."""
    if not answers:
        raise AddressDenied("no_address", "the name has none")
    for answer in answers:
        if not is_public(answer):
            raise AddressDenied("not_public", answer)
    return answers[0]


def is_public(address: str) -> bool:
    """False for whatever is no plain public unicast address, zone ids and odd spellings included."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in block for block in _DENIED_V4)
    return _is_public_v6(parsed)


def _is_public_v6(address: IPv6Address) -> bool:
    """Mapped, translated (64:ff9b::/96), unique-local, link-local and multicast addresses lie outside 2000::/3."""
    if address.scope_id is not None or address not in _GLOBAL_V6:
        return False
    return not any(address in block for block in _DENIED_V6)


def _is_ipv4(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True
