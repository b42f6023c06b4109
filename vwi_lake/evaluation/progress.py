"""How far lmms-eval is, by the progress bars in its log."""

import re
from pathlib import Path

_BAR = re.compile(rb"(Model Responding|Postprocessing|Requesting API)[^\r\n]*?(\d+)/(\d+) \[")
TAIL_BYTES = 8_000


def done_of(log: Path) -> tuple[int, int] | None:
    """(done, total) of the newest bar of replies; None before there is one."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL_BYTES))
            found = _BAR.findall(file.read())
    except OSError:
        return None
    return (int(found[-1][1]), int(found[-1][2])) if found else None
