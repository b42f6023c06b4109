"""A training's settings: one TOML or YAML file. `full` is the recipe of the paper, `lora` fits one GPU, `tiny` a laptop without one."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vwi_lake.errors import VwiError

SHIPPED = Path(__file__).parent / "recipes"
Part = Literal["vision_tower", "projector", "language_model"]
Rate = Annotated[float, Field(gt=0, lt=1)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Optimizer(Table):
    learning_rate: Rate = 1e-5
    vision_learning_rate: Rate = 2e-6
    schedule: Literal["cosine", "linear", "constant", "constant_with_warmup"] = "cosine"
    warmup: float = Field(0.03, ge=0, lt=1)  # share of all steps
    weight_decay: float = Field(0.0, ge=0)
    max_grad_norm: float = Field(1.0, gt=0)


class Batches(Table):
    per_device: int = Field(1, ge=1)
    accumulation: int = Field(2, ge=1)
    epochs: float = Field(1.0, gt=0)
    max_steps: int | None = Field(None, ge=1)  # ends earlier
    grouped: bool = True  # by modality and length; else in random order


class Images(Table):
    grid: int = Field(6, ge=1, le=12)  # tiles at most in a row and in a column, of the pictures that anyres may choose
    max_tiles: int = Field(4, ge=1)  # features beyond that many tiles' are scaled down
    feature_layer: int = Field(-2, lt=0)  # of the vision tower, for models that are put together here; checkpoints have their own


class Precision(Table):
    bf16: bool = True
    tf32: bool = True  # where there is a GPU
    gradient_checkpointing: bool = True
    compile: bool = False  # torch.compile


class Lora(Table):
    rank: int = Field(64, ge=1)
    alpha: int = Field(128, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1)


class Checkpoints(Table):
    every: int = Field(1000, ge=1)  # steps
    keep: int = Field(20, ge=1)


class Recipe(Table):
    base: str = "llava-hf/llava-onevision-qwen2-7b-si-hf"
    tune: tuple[Part, ...] = Field(("vision_tower", "projector", "language_model"), min_length=1)
    lora: Lora | None = None  # adapters in the language model and vision tower; the projector, where tuned, is trained whole
    max_length: int = Field(8192, ge=16)  # tokens, those of images too
    system: str = "You are a helpful assistant."
    seed: int = 0
    optimizer: Optimizer = Optimizer()
    batches: Batches = Batches()
    images: Images = Images()
    precision: Precision = Precision()
    checkpoints: Checkpoints = Checkpoints()
    sharding: Literal["none", "fsdp2", "zero3"] = "none"
    report_to: tuple[Literal["tensorboard", "wandb"], ...] = ("tensorboard",)
    workers: int = Field(4, ge=0)  # processes that read images, per device


def load(name: str, /, **given: Any) -> Recipe:
    """A shipped recipe by its name, or a file; `given` are values on top, by dotted name, None = not given."""
    values = _read(_place(name))
    for dotted, value in given.items():
        if value is not None:
            *tables, last = dotted.split(".")
            table = values
            for key in tables:
                table = table.setdefault(key, {})
                if not isinstance(table, dict):
                    raise VwiError(f"{dotted}: {key} is no table of the recipe")
            table[last] = value
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']} (it says {e.get('input')!r})" for e in error.errors())
        raise VwiError(f"the recipe {name} is not valid: {told}") from None


def _place(name: str) -> Path:
    path = SHIPPED / f"{name}.toml"
    if path.is_file() and path.parent == SHIPPED:
        return path
    if Path(name).is_file():
        return Path(name)
    known = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.toml")))
    raise VwiError(f"no recipe {name!r}: name a TOML or YAML file, or one of {known}")


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise VwiError(f"{path} is not a readable recipe: {error}") from None
    if not isinstance(values, dict):
        raise VwiError(f"{path} is not a recipe: it should be a table of settings")
    return values
