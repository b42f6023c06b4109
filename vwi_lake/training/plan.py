"""What a dry run says: sharding, size of a step, and the memory that each GPU needs, reckoned from the model's configuration."""

import argparse
import logging
from collections import Counter
from dataclasses import dataclass

import torch
from transformers import AutoConfig, LlavaOnevisionConfig, LlavaOnevisionForConditionalGeneration, Qwen2Config

from vwi_lake.errors import VwiError
from vwi_lake.training.arguments import LORA_TARGETS
from vwi_lake.training.mix import read_list
from vwi_lake.training.models import part_of
from vwi_lake.training.recipe import SHIPPED, Recipe
from vwi_lake.training.tiny import pinpoints, tiny_config

GB = 1e9
GPU_GB = 80.0  # where no GPU is at hand
LOGITS_AT_ONCE = 1024  # tokens: trl reckons the loss in pieces
OVERHEAD_GB = 4.0  # CUDA context, NCCL's buffers, fragmentation
QWEN_7B = {
    "vocab_size": 152_064,
    "hidden_size": 3584,
    "intermediate_size": 18_944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
}


@dataclass(frozen=True)
class Estimate:
    """Bytes on one GPU."""

    states: float  # weights, gradients, Adam's two moments, and float32 weights where the others are bf16: 16 bytes a trained weight
    gathered: float  # whole layers, as they are brought together from all GPUs
    activations: float
    logits: float

    @property
    def total(self) -> float:
        return self.states + self.gathered + self.activations + self.logits + OVERHEAD_GB * GB


def plan(recipe: Recipe, asked: argparse.Namespace) -> str:
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # without a network it tells each of its tries
    config, told = config_of(recipe)
    counts, gpus = sizes(config), asked.processes * asked.nodes
    batches, rates = recipe.batches, recipe.optimizer
    each = batches.per_device * batches.accumulation
    learnt = trained(recipe, config, counts) / GB
    lines = [
        ("data", ", ".join(f"{source.path.name} ({source.strategy})" for source in read_list(asked.data))),
        ("sharding", sharding(recipe, gpus)),
        ("model", f"{recipe.base}{told}: " + ", ".join(f"{part} {n / GB:.3f} B" for part, n in counts.items())),
        ("trained", f"{learnt:.3f} B parameters" + (f", adapters of rank {recipe.lora.rank}" if recipe.lora else "")),
        ("rates", f"{rates.learning_rate:g}, vision tower {rates.vision_learning_rate:g}; {rates.schedule}, warm-up {rates.warmup:g}"),
        ("step", f"{each} × {gpus} GPUs = {each * gpus} samples of at most {recipe.max_length:,} tokens"),
        *memory(reckon(recipe, config, counts, gpus)),
    ]
    return "\n".join(f"{name:10}{text}" for name, text in lines)


def memory(estimate: Estimate) -> list[tuple[str, str]]:
    room = torch.cuda.get_device_properties(0).total_memory / GB if torch.cuda.is_available() else GPU_GB
    parts = {
        "weights, gradients, Adam": estimate.states,
        "layers gathered": estimate.gathered,
        "activations": estimate.activations,
        "logits": estimate.logits,
        "CUDA, NCCL, fragmentation": OVERHEAD_GB * GB,
    }
    fits = "fits" if estimate.total < room * GB else "DOES NOT FIT: more GPUs, --sharding, or the recipe lora"
    told = [("", f"{name:27}{size / GB:6.1f} GB") for name, size in parts.items()]
    return [
        ("memory", f"of each GPU of {room:.0f} GB, estimated for the longest sample"),
        *told,
        ("", f"{'together':27}{estimate.total / GB:6.1f} GB: {fits}"),
    ]


def config_of(recipe: Recipe) -> tuple[LlavaOnevisionConfig, str]:
    """Of the base, as its files or the hub tell it; without them that of the 7B model, which is said."""
    from vwi_lake.training import llava_format, models

    if recipe.base == "tiny":
        return tiny_config(recipe.images.grid, recipe.images.max_tiles), ""
    try:
        if "+" in recipe.base:
            language, vision = recipe.base.split("+", 1)
            return models.joined_config(AutoConfig.from_pretrained(vision), AutoConfig.from_pretrained(language), None, recipe), ""
        if llava_format.is_llava(recipe.base):
            return llava_format.config_of(recipe.base), ""
        return AutoConfig.from_pretrained(recipe.base), ""
    except (OSError, ValueError) as error:
        if "7b" not in recipe.base.lower() and "8b" not in recipe.base.lower():
            raise VwiError(f"the configuration of {recipe.base!r} cannot be read: {error}") from error
        text = Qwen2Config(**QWEN_7B)
        return LlavaOnevisionConfig(
            text_config=text, image_grid_pinpoints=pinpoints(384, 6)
        ), " (not at hand: reckoned as Qwen2.5-7B with SigLIP so400m)"


def sizes(config: LlavaOnevisionConfig) -> Counter[str]:
    """Parameters of each part, counted on a model without weights."""
    with torch.device("meta"):
        model = LlavaOnevisionForConditionalGeneration(config)
    counts: Counter[str] = Counter()
    for name, weights in model.named_parameters():
        counts[part_of(name)] += weights.numel()
    return counts


def trained(recipe: Recipe, config: LlavaOnevisionConfig, counts: Counter[str]) -> float:
    whole = sum(n for part, n in counts.items() if part in recipe.tune and (recipe.lora is None or part == "projector"))
    return whole + (adapters(recipe, config) if recipe.lora else 0)


def adapters(recipe: Recipe, config: LlavaOnevisionConfig) -> int:
    """Weights of LoRA: rank × (in + out) for each linear layer it is put on."""
    import re

    assert recipe.lora
    with torch.device("meta"):
        model = LlavaOnevisionForConditionalGeneration(config)
    linear = [(name, m) for name, m in model.named_modules() if isinstance(m, torch.nn.Linear) and re.fullmatch(LORA_TARGETS, name)]
    return sum(recipe.lora.rank * (m.in_features + m.out_features) for name, m in linear if part_of(name) in recipe.tune)


def reckon(recipe: Recipe, config: LlavaOnevisionConfig, counts: Counter[str], gpus: int) -> Estimate:
    """Adam in mixed precision: 16 bytes a trained weight, 4 (ZeRO-3: 2) a frozen one; shared among the GPUs where they are sharded."""
    text, vision = config.text_config, config.vision_config
    learnt = trained(recipe, config, counts)
    frozen = sum(counts.values()) - (0 if recipe.lora else learnt)
    shards = gpus if recipe.sharding != "none" else 1
    width = 2 if recipe.precision.bf16 else 4
    tokens = recipe.batches.per_device * recipe.max_length
    # of the largest pieces that are whole at a time: the embeddings, which belong to no layer, and two layers
    layer = (counts["language_model"] - 2 * text.vocab_size * text.hidden_size) / text.num_hidden_layers
    gathered = width * (2 * text.vocab_size * text.hidden_size + 2 * max(layer, 0)) if shards > 1 else 0
    side = vision.image_size
    tiles = recipe.batches.per_device * (1 + max(h * w for h, w in config.image_grid_pinpoints) // side**2)
    patches = tiles * (vision.image_size // vision.patch_size) ** 2
    return Estimate(
        states=(16 * learnt + (2 if recipe.sharding == "zero3" else 4) * frozen) / shards,
        gathered=gathered,
        activations=width * (_activations(recipe, text, tokens) + _activations(recipe, vision, patches)),
        logits=3 * 4 * min(LOGITS_AT_ONCE, tokens) * text.vocab_size,
    )


def _activations(recipe: Recipe, part: Qwen2Config, tokens: int) -> float:
    """Numbers kept for the backward pass: with checkpointing each layer's input, and all of one layer at a time."""
    one = tokens * (8 * part.hidden_size + 3 * part.intermediate_size)
    if recipe.precision.gradient_checkpointing:
        return part.num_hidden_layers * tokens * part.hidden_size + one
    return part.num_hidden_layers * one


def sharding(recipe: Recipe, gpus: int) -> str:
    if recipe.sharding == "none":
        return "none: each GPU holds all weights" + (" (DistributedDataParallel)" if gpus > 1 else "")
    name, file = {"fsdp2": ("FSDP2", "fsdp2.json"), "zero3": ("DeepSpeed ZeRO-3", "zero3.json")}[recipe.sharding]
    return f"{name} over {gpus} processes, as in {SHIPPED / file}"
