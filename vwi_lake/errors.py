"""The one exception a user is meant to see: what is wrong, and what to do about it."""


class VwiError(Exception):
    """A bad setting or input. The message names the thing and the remedy; the CLI prints it without a traceback."""
