"""Dry runs."""

import argparse
from typing import Any

import pytest
import torch

from tests.training.conftest import Mixes
from vwi_lake.training.arguments import lora_of
from vwi_lake.training.models import start_from
from vwi_lake.training.plan import QWEN_7B, adapters, plan, reckon, sizes, trained
from vwi_lake.training.recipe import load
from vwi_lake.training.tiny import pinpoints, tiny_config


def seven_billion() -> Any:
    from transformers import LlavaOnevisionConfig, Qwen2Config

    return LlavaOnevisionConfig(text_config=Qwen2Config(**QWEN_7B), image_grid_pinpoints=pinpoints(384, 6))


def test_the_7b_model_is_as_large_as_published() -> None:
    counts = sizes(seven_billion())
    assert sum(counts.values()) == pytest.approx(8.03e9, rel=0.01)
    assert counts["vision_tower"] == pytest.approx(0.4e9, rel=0.03)


def test_states_are_what_adam_really_holds() -> None:
    """On one device in float32: weights, gradients and two moments."""
    recipe = load("tiny")
    start = start_from(recipe)
    counts = sizes(tiny_config())
    start.model.get_input_embeddings()
    optimizer = torch.optim.AdamW(start.model.parameters())
    for weights in start.model.parameters():
        weights.grad = torch.ones_like(weights)
    optimizer.step()
    held = [t for p in start.model.parameters() for t in (p, p.grad, *optimizer.state[p].values()) if t.dim()]
    assert reckon(recipe, tiny_config(), counts, 1).states == sum(t.numel() * t.element_size() for t in held)


def test_adapters_are_counted_as_peft_counts_them() -> None:
    from peft import get_peft_model

    recipe = load("tiny", **{"lora.rank": 4})
    start = start_from(recipe)
    counts = sizes(tiny_config())
    model = get_peft_model(start.model, lora_of(recipe))
    made = {name: p.numel() for name, p in model.named_parameters() if p.requires_grad}
    assert adapters(recipe, tiny_config()) == sum(n for name, n in made.items() if "lora_" in name)
    newline = start.model.config.text_config.hidden_size  # belongs to the projector, but is no module that peft could train
    assert trained(recipe, tiny_config(), counts) - newline == sum(made.values())


@pytest.mark.parametrize(("gpus", "sharding", "fits"), [(8, "zero3", True), (8, "fsdp2", True), (8, "none", False), (1, "zero3", False)])
def test_full_on_gpus_of_80_gb(gpus: int, sharding: str, fits: bool) -> None:
    recipe, config = load("full", sharding=sharding), seven_billion()
    total = reckon(recipe, config, sizes(config), gpus).total / 1e9
    assert (total < 80) == fits
    if fits:
        assert 25 < total < 60  # 16.1 of them states


def test_a_dry_run_tells_sharding_rates_and_memory(mixes: Mixes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    told = plan(load("full"), argparse.Namespace(data=mixes.boxes(3), processes=8, nodes=1))
    for words in ("ZeRO-3 over 8 processes", "1e-05, vision tower 2e-06", "2 × 8 GPUs = 16 samples", "GB: fits", "a.json (all)"):
        assert words in told
