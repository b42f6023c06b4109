"""The paper's tasks under their names in lmms-eval 0.7.3, and what is known of each."""

import re
from dataclasses import dataclass

from vwi_lake.errors import VwiError

# a task's name becomes a word of a command, part of file names and a key in SQL
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}")


@dataclass(frozen=True)
class Task:
    name: str
    title: str
    subtasks: tuple[str, ...] = ()  # what lmms-eval runs for a group
    needs_judge: bool = False


PAPER = (
    Task("mmmu_val", "MMMU, validation"),
    Task("mmmu_pro_standard", "MMMU-Pro, ten options"),
    Task("mmmu_pro_vision", "MMMU-Pro, question in the image"),
    Task(
        "mathvista_testmini",
        "MathVista, testmini",
        ("mathvista_testmini_cot", "mathvista_testmini_format", "mathvista_testmini_solution"),
        needs_judge=True,
    ),
    Task("mmvet", "MM-Vet", needs_judge=True),
    Task("mathverse_testmini", "MathVerse, testmini", needs_judge=True),
    Task("dynamath_reasoning", "DynaMath"),
)
_JUDGED = ("mathvista", "mathverse", "mmvet")


def parts_of(name: str) -> tuple[str, ...]:
    """The tasks whose samples lmms-eval writes for this name."""
    return next((task.subtasks for task in PAPER if task.name == name and task.subtasks), (name,))


def needs_judge(name: str) -> bool:
    return name.startswith(_JUDGED)


def checked(names: list[str]) -> list[str]:
    """Names that are names; VwiError tells which is none."""
    if not names:
        raise VwiError(f"no task is named: --task {PAPER[0].name}, say, or --files NAME=DIR, or --held-out")
    for name in names:
        if not NAME.fullmatch(name):
            raise VwiError(f"{name!r} is no task name: letters, digits, _ . and - make one; `vwi evaluate --list` shows the paper's")
    if len(set(names)) < len(names):
        raise VwiError(f"a task is named twice: {', '.join(sorted({n for n in names if names.count(n) > 1}))}")
    return names
