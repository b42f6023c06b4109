"""When to ask again: which failures may pass at once, and how long a server asks to wait."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Tries beyond the first, by what went wrong. What is not named here would go wrong again: bad replies, TLS, sizes, refusals.
TRIES = {"connect": 2, "dns_busy": 2, "reset": 2, "timeout": 1, 429: 2, 503: 2, 500: 1, 502: 1, 504: 1}
BUSY = (429, 503)


def pause_s(attempt: int, first_s: float) -> float:
    """Twice as long after each attempt, and never the same for all hosts."""
    return first_s * 2**attempt * random.uniform(1.0, 1.5)  # noqa: S311 - spreads retries, guards no secret


def retry_after_s(value: str, now: datetime) -> float | None:
    """Seconds named by a Retry-After header (RFC 9110 10.2.3), as a number or a date."""
    if value.strip().isdecimal():
        return float(value[:12])
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds())
