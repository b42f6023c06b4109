"""Recipes, and what the libraries make of them."""

import json
from pathlib import Path

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.training.recipe import SHIPPED, Recipe, load


@pytest.mark.parametrize("name", sorted(p.stem for p in SHIPPED.glob("*.toml")))
def test_shipped_recipes_are_valid(name: str) -> None:
    assert load(name)


def test_full_is_the_papers() -> None:
    recipe = load("full")
    assert recipe.tune == ("vision_tower", "projector", "language_model") and recipe.lora is None
    assert (recipe.optimizer.learning_rate, recipe.optimizer.vision_learning_rate) == (1e-5, 2e-6)
    assert (recipe.optimizer.schedule, recipe.optimizer.warmup, recipe.optimizer.weight_decay) == ("cosine", 0.03, 0.0)
    assert (recipe.batches.per_device, recipe.batches.accumulation, recipe.batches.epochs) == (1, 2, 1)
    assert (recipe.max_length, recipe.images.grid, recipe.images.max_tiles, recipe.images.feature_layer) == (8192, 6, 4, -2)
    assert (recipe.checkpoints.every, recipe.checkpoints.keep) == (1000, 20)
    assert all(recipe.precision.model_dump().values())


def test_what_a_file_leaves_out_is_the_papers(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("base: somewhere\noptimizer: {learning_rate: 2.0e-5}\n")
    assert load(str(mine)) == Recipe(base="somewhere", optimizer={"learning_rate": 2e-5})


def test_values_on_top() -> None:
    recipe = load("tiny", **{"batches.per_device": 2, "lora.rank": 4, "seed": None})
    assert (recipe.batches.per_device, recipe.lora.rank, recipe.seed) == (2, 4, 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("learning_rat = 1", "learning_rat"),
        ("[optimizer]\nlearning_rate = -1", "greater than 0"),
        ("tune = []", "tune"),
        ("tune = ['nose']", "nose"),
        ("max_length = 'long'", "max_length"),
        ("not toml", "not a readable recipe"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(VwiError, match=told):
        load(str(file))


def test_values_below_a_value_are_refused() -> None:
    with pytest.raises(VwiError, match="base is no table"):
        load("tiny", **{"base.x": 1})


def test_a_logger_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vwi_lake.training import arguments

    monkeypatch.setattr(arguments.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(VwiError, match="pip install wandb"):
        arguments.arguments(load("tiny", report_to=["wandb"]), tmp_path)


def test_no_such_recipe() -> None:
    with pytest.raises(VwiError, match="full, lora, tiny"):
        load("fulll")


@pytest.mark.parametrize("sharding", ["none", "fsdp2", "zero3"])
def test_full_is_understood_by_the_libraries(sharding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vwi_lake.training.arguments import arguments

    for name in ("ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED", "FSDP_VERSION"):
        monkeypatch.delenv(name, raising=False)
    recipe = load("full", **{"precision.compile": False})  # compiling wants a compiler
    args = arguments(recipe.model_copy(update={"sharding": "none", "report_to": ()}), tmp_path)
    assert (args.learning_rate, args.lr_scheduler_type, args.warmup_steps, args.max_length) == (1e-5, "cosine", 0.03, 8192)
    assert (args.save_steps, args.save_total_limit, args.bf16) == (1000, 20, True)


def test_zero3_is_understood_by_deepspeed() -> None:
    from deepspeed.runtime.config import DeepSpeedConfig
    from transformers.integrations.deepspeed import HfTrainerDeepSpeedConfig
    from trl import SFTConfig

    recipe = load("full")
    hf = HfTrainerDeepSpeedConfig(str(SHIPPED / "zero3.json"))
    args = SFTConfig(per_device_train_batch_size=1, gradient_accumulation_steps=2, bf16=True, report_to="none", use_cpu=True)
    hf.trainer_config_process(args)
    hf.fill_only("zero_optimization.reduce_bucket_size", 1), hf.fill_only("zero_optimization.stage3_prefetch_bucket_size", 1)
    hf.fill_only("zero_optimization.stage3_param_persistence_threshold", 1)
    assert not [m for m in hf.mismatches if m]
    understood = DeepSpeedConfig(hf.config)
    assert understood.zero_optimization_stage == 3 and understood.bfloat16_config.enabled
    assert recipe.sharding == "zero3"
    assert json.loads((SHIPPED / "zero3.json").read_text())["zero_allow_untested_optimizer"]
