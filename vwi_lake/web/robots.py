"""What a site asks of robots: robots.txt (RFC 9309) and opt-outs from use as training data."""

import json
import re
from functools import lru_cache

from protego import Protego

AGENT = "vwi_lake"  # our product token
MOST_BYTES = 500 * 1024  # RFC 9309 asks for at least this much; protego takes seconds for more
_AGENT_LINE = re.compile(r"^([ \t]*user[ \t-]?agent[ \t]*:[ \t]*)(\S+)[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_STARS = re.compile(r"\*[*]+")
_LONGEST_LINE = 2083 * 8 - 1  # where Google's parser cuts
_MOST_STARS = 8  # in one path: matching is polynomial in them
_OPT_OUTS = ("noai", "noimageai", "tdm-reservation")
# directives of X-Robots-Tag that carry a value after a colon; any other word before a colon names a robot
_VALUED = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview", "tdm-reservation", "tdm-policy")


def allowed(robots_txt: bytes, user_agent: str, url: str) -> bool:
    """Whether the rules let this agent (a product token such as `examplebot`) ask for the URL."""
    return bool(parse(robots_txt).can_fetch(url, user_agent))


def crawl_delay(robots_txt: bytes, user_agent: str) -> float | None:
    """Seconds between two requests, where the rules name them."""
    return parse(robots_txt).crawl_delay(user_agent)


@lru_cache(maxsize=32)
def parse(robots_txt: bytes) -> Protego:
    """Rules, read up to 500 KiB; an agent's name ends at its first space, as Google's parser has it."""
    text = robots_txt[:MOST_BYTES].decode("utf-8", errors="replace").removeprefix("\ufeff")
    text = _STARS.sub("*", _AGENT_LINE.sub(r"\1\2", text))
    return Protego.parse("\n".join(_bounded(line) for line in text.splitlines()))


def _bounded(line: str) -> str:
    """A path with more stars than any honest rule is cut before the next: an allow shrinks to nothing, a disallow grows."""
    line = line[:_LONGEST_LINE]
    if line.count("*") <= _MOST_STARS:
        return line
    if line.lstrip().lower().startswith("allow"):
        return ""
    return "*".join(line.split("*")[:_MOST_STARS])


def reserved(tdmrep: bytes, url: str) -> bool:
    """Whether a site's tdmrep.json reserves the rights in this URL; its locations match as paths of robots.txt do."""
    try:
        rules = json.loads(tdmrep[:MOST_BYTES])
    except (ValueError, RecursionError):
        return False
    lines = ["User-agent: *"]
    for rule in rules if isinstance(rules, list) else []:
        location = rule.get("location") if isinstance(rule, dict) else None
        if isinstance(location, str) and location.isprintable():
            lines.append(f"{'Disallow' if str(rule.get('tdm-reservation')) == '1' else 'Allow'}: /{location.lstrip('/')}")
    return not allowed("\n".join(lines).encode(errors="replace"), "*", url)


def opt_out(headers: dict[str, str], meta: list[str], *, user_agent: str = "", also: tuple[str, ...] = ()) -> str | None:
    """The first opt-out that a page states: noai, noimageai or tdm-reservation, or one of `also` (such as noindex).

    `headers` have lower-case names; `meta` holds the contents of <meta name="robots">, and `tdm-reservation: 1` for
    TDMRep's own element, which outranks its header (https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240202/).
    """
    wanted = (*_OPT_OUTS, *also)
    stated = [directive for content in meta for directive in _directives(content, user_agent)]
    stated_by_header = _directives(headers.get("x-robots-tag", ""), user_agent)
    if not any(name == "tdm-reservation" for name, _ in stated) and "tdm-reservation" in headers:
        stated_by_header.append(("tdm-reservation", headers["tdm-reservation"].strip()))
    for name, value in (*stated_by_header, *stated):
        if name in wanted and (name != "tdm-reservation" or value == "1"):
            return name
    return None


def _directives(content: str, user_agent: str) -> list[tuple[str, str]]:
    """`name: value` pairs that concern us: `examplebot: noai, noindex` concerns that robot only, up to the line's end."""
    return [pair for line in content.split("\n") for pair in _directives_of_line(line, user_agent)]


def _directives_of_line(line: str, user_agent: str) -> list[tuple[str, str]]:
    found, robot = [], ""
    for part in line.split(","):
        name, _, value = (piece.strip().lower() for piece in part.replace("=", ":").partition(":"))
        if value and name not in _VALUED:
            robot, name, value = name, *(piece.strip() for piece in (value.partition(":")[0], value.partition(":")[2]))
        if not robot or robot in user_agent.lower():
            found.append((name, value))
    return found
