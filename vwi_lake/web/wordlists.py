"""Lists of words as one string: a name a line would fill pages."""


def among(text: str) -> frozenset[str]:
    return frozenset(text.split())
