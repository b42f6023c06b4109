"""The console blocks of a guide, typed in order: what they print is what the guide shows.

In what a guide shows, … stands for anything in a line, and a line of … alone for any lines. A fenced block after the comment
`<!-- file: NAME -->` is a file that the reader makes. Other blocks are not run, nor are guides without the comment that says so.
"""

import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"<!-- file: (\S+) -->\n+$")


@dataclass(frozen=True)
class Written:
    """A file the reader makes."""

    path: str
    text: str


@dataclass(frozen=True)
class Typed:
    command: str
    shown: str  # what the guide says that it prints


def steps(guide: str) -> Iterator[Written | Typed]:
    for block in FENCE.finditer(guide):
        if named := FILE.search(guide[: block.start()]):
            yield Written(named[1], block[2])
        elif block[1] == "console":
            yield from _typed(block[2].splitlines())


def _typed(lines: list[str]) -> Iterator[Typed]:
    starts = [i for i, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        last = next(i for i in range(start, end) if _is_whole("\n".join(lines[start : i + 1])))
        yield Typed("\n".join(lines[start : last + 1])[2:], "\n".join(lines[last + 1 : end]).strip("\n"))


def _is_whole(command: str) -> bool:
    """A command goes on over lines while a quote is open."""
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


def matches(shown: str, printed: str) -> bool:
    pattern = "".join(
        r"(?:[^\n]*\n)*" if line.strip() == "…" else "[^\n]*?".join(map(re.escape, line.rstrip().split("…"))) + "\n"
        for line in shown.strip().splitlines()
    )
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in printed.strip().splitlines())) is not None


def type_all(guide: Path, folder: Path, environment: Mapping[str, str], rewrite: bool = False) -> list[str]:
    """Type a guide's commands in `folder`; returns what went otherwise than shown. `rewrite` puts what was printed into the guide."""
    text, faults = guide.read_text(encoding="utf-8"), []
    for step in list(steps(text)):
        if isinstance(step, Written):
            (folder / step.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.path).write_text(step.text, encoding="utf-8")
            continue
        done = subprocess.run(
            ["bash", "-c", step.command], cwd=folder, env=dict(environment), capture_output=True, text=True, timeout=900, check=False
        )
        printed = (done.stdout + done.stderr).strip("\n")
        if matches(step.shown, printed):
            continue
        faults.append(f"$ {step.command}\n--- shown\n{step.shown}\n--- printed (exit code {done.returncode})\n{printed}")
        if rewrite:
            before = f"$ {step.command}\n" + (step.shown + "\n" if step.shown else "")
            cleaned = "\n".join(line.rstrip() for line in printed.splitlines())
            text = text.replace(before, f"$ {step.command}\n" + (cleaned + "\n" if cleaned else ""), 1)
            guide.write_text(text, encoding="utf-8")
    return faults
