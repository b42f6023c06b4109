"""These run in the training environment (`make test-train`); in any other, which has no torch, they are not looked at."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

if importlib.util.find_spec("torch") is None:
    collect_ignore_glob = ["test_*.py"]


def pytest_configure(config: pytest.Config) -> None:
    """The libraries of that environment warn about each other; what our own code warns of is still an error."""
    for module in ("torch", "transformers", "trl", "accelerate", "peft", "deepspeed"):
        config.addinivalue_line("filterwarnings", f"ignore:::{module}")
    config.addinivalue_line("filterwarnings", "ignore:unclosed (event loop|<socket):ResourceWarning")  # of gradio's pages


Sample = dict[str, Any]


def talk(question: str, answer: str, **more: Any) -> Sample:
    return {"id": question[:20], **more, "conversations": [{"from": "human", "value": question}, {"from": "gpt", "value": answer}]}


class Mixes:
    """Writes data lists with pictures of coloured boxes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "images").mkdir()

    def picture(self, name: str, colour: str = "red", size: tuple[int, int] = (80, 60)) -> str:
        image = Image.new("RGB", size, "white")
        ImageDraw.Draw(image).rectangle((10, 10, 50, 40), fill=colour)
        image.save(self.folder / "images" / name)
        return f"images/{name}"

    def write(self, samples: list[Any], strategy: str = "all", name: str = "a") -> Path:
        (self.folder / f"{name}.json").write_text(json.dumps(samples))
        mix = self.folder / f"{name}.yaml"
        mix.write_text(json.dumps({"datasets": [{"json_path": f"{name}.json", "sampling_strategy": strategy}]}))
        return mix

    def boxes(self, count: int, texts: int = 0) -> Path:
        """`count` questions about a picture and `texts` without one."""
        colours = ["red", "green", "blue"]
        seen = [talk("<image>\nWhich colour is the box?", c, image=self.picture(f"{c}.png", c)) for c in colours]
        return self.write([seen[i % 3] for i in range(count)] + [talk(f"What is {i % 5} and 1?", str(i % 5 + 1)) for i in range(texts)])


@pytest.fixture
def mixes(tmp_path: Path) -> Mixes:
    return Mixes(tmp_path)
