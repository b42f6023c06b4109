"""The data set as files that other tools read: one module per format, each a function of a lake and a folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Exported:
    pairs: int
    images: int  # files, or copies where a format embeds them
    folder: Path
    counted: tuple[str, str] = ("pairs", "images")  # what the two numbers count
    said: str = ""  # more, in words for people
    hint: str = ""  # what they may want to do next

    def __str__(self) -> str:
        return f"{self.pairs} {self.counted[0]} and {self.images} {self.counted[1]} in {self.folder}" + (
            f": {self.said}" if self.said else ""
        )


Tick = Callable[[int], None]  # hears of every pair written


def silent(_: int) -> None:
    """No progress is shown."""
