"""The one exception a user is meant to see: what is wrong, and what to do about it."""

import re


class VwiError(Exception):
    """A bad setting or input. The message names the thing and the remedy; the CLI prints it without a traceback."""


SECRET = re.compile(r"(password\s*=\s*)('[^']*'|[^\s'\"]+)|(://[^/\s:@\"]*:)[^@/\s\"]+(?=@)", re.IGNORECASE)


def redacted(text: str) -> str:
    """Text without the passwords of connection strings and URLs."""
    return SECRET.sub(lambda found: (found[1] or found[3]) + "***", text)
