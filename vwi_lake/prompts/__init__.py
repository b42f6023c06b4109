"""Prompts are Markdown files, one per LLM stage. Slots are filled with JSON, so page text stays data inside its quotes."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any


@dataclass(frozen=True)
class Prompt:
    text: str
    hash: str  # of the file: a changed prompt is a new question

    def fill(self, **slots: Any) -> str:
        """The prompt with each $slot replaced by its value as one line of JSON."""
        return Template(self.text).substitute({name: json.dumps(value, ensure_ascii=False) for name, value in slots.items()})


@cache
def prompt(stage: str) -> Prompt:
    text = (Path(__file__).parent / f"{stage}.md").read_text(encoding="utf-8")
    return Prompt(text, hashlib.sha256(text.encode()).hexdigest()[:12])
