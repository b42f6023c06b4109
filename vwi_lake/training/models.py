"""Where a training starts from: a LLaVA-OneVision checkpoint, a language model and a vision tower put together, or tiny random weights."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoTokenizer,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
)
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil

from vwi_lake.errors import VwiError
from vwi_lake.training import llava_format
from vwi_lake.training.encode import CHAT_TEMPLATE, Encoder
from vwi_lake.training.recipe import Recipe
from vwi_lake.training.tiny import image_processor, pinpoints, tiny_config, tiny_model, tiny_tokenizer

log = logging.getLogger(__name__)
PARTS = {"vision_tower": "vision_tower", "projector": "multi_modal_projector", "language_model": "language_model"}


@dataclass
class Start:
    model: LlavaOnevisionForConditionalGeneration
    encoder: Encoder


def start_from(recipe: Recipe) -> Start:
    """Model and encoder of the recipe's base. A base is `tiny`, a folder or hub name, or `LANGUAGE_MODEL+VISION_TOWER`."""
    torch.manual_seed(recipe.seed)
    try:
        if recipe.base == "tiny":
            config = tiny_config(recipe.images.grid, recipe.images.max_tiles)
            made = Start(tiny_model(config, recipe.seed), _encoder(tiny_tokenizer(), config, recipe))
        elif "+" in recipe.base:
            language, vision = recipe.base.split("+", 1)
            made = _put_together(language, vision, recipe)
        else:
            made = _from_checkpoint(recipe.base, recipe)
    except (OSError, ValueError, KeyError) as error:
        raise VwiError(f"the base {recipe.base!r} cannot be loaded: {error}") from error
    freeze(made.model, recipe)
    return made


def _encoder(tokenizer: Any, config: LlavaOnevisionConfig, recipe: Recipe, processor: Any = None) -> Encoder:
    tokenizer.chat_template = CHAT_TEMPLATE
    shown = processor or image_processor(config.vision_config.image_size, config.image_grid_pinpoints)
    return Encoder(tokenizer, shown, config, recipe.max_length)


def _from_checkpoint(base: str, recipe: Recipe) -> Start:
    """A checkpoint keeps its grid of tiles, which its weights know; how many tiles' features stay is the recipe's."""
    if llava_format.is_llava(base):
        model, tokenizer = llava_format.load(base)
        processor = None
    else:
        model = LlavaOnevisionForConditionalGeneration.from_pretrained(base, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(base)
        processor = LlavaOnevisionImageProcessorPil.from_pretrained(base)
    model.config.vision_aspect_ratio = f"anyres_max_{recipe.images.max_tiles}"
    return Start(model, _encoder(tokenizer, model.config, recipe, processor))


def joined_config(vision: Any, text: Any, tokenizer: Any, recipe: Recipe) -> LlavaOnevisionConfig:
    """Layers of the vision tower after the one whose features are used are left out: they would get no gradient."""
    vision = getattr(vision, "vision_config", vision)
    vision.num_hidden_layers += 1 + recipe.images.feature_layer
    vision.vision_use_head = False
    marks = [tokenizer.convert_tokens_to_ids(t) for t in ("<image>", "<video>")] if tokenizer else [0, 1]
    return LlavaOnevisionConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=marks[0],
        video_token_index=marks[1],
        vision_feature_layer=-1,
        image_grid_pinpoints=pinpoints(vision.image_size, recipe.images.grid),
        vision_aspect_ratio=f"anyres_max_{recipe.images.max_tiles}",
        tie_word_embeddings=bool(text.tie_word_embeddings),
    )


def _put_together(language: str, vision: str, recipe: Recipe) -> Start:
    """Both parts as they are, the projector fresh."""
    tokenizer = AutoTokenizer.from_pretrained(language)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>", "<video>"]})
    spoken = AutoModelForCausalLM.from_pretrained(language, dtype=torch.float32)
    if spoken.config.vocab_size < len(tokenizer):
        spoken.resize_token_embeddings(len(tokenizer))
    tower = AutoModel.from_pretrained(vision, dtype=torch.float32)
    tower = getattr(tower, "vision_model", tower)
    config = joined_config(AutoConfig.from_pretrained(vision), spoken.config, tokenizer, recipe)
    model = LlavaOnevisionForConditionalGeneration(config)
    _fill(model.model.language_model, spoken.model.state_dict())
    _fill(model.lm_head, spoken.lm_head.state_dict())
    _fill(model.model.vision_tower, _names_of_tower(tower.state_dict(), model.model.vision_tower))
    return Start(model, _encoder(tokenizer, config, recipe))


def _names_of_tower(weights: dict[str, Any], tower: torch.nn.Module) -> dict[str, Any]:
    """A tower may lie in a wrapper of its own (`vision_model.`), and may have layers and a head that are not used."""
    wanted = tower.state_dict().keys()
    named = {name.removeprefix("vision_model."): value for name, value in weights.items()}
    return {name: named[name.removeprefix("vision_model.")] for name in wanted if name.removeprefix("vision_model.") in named}


def _fill(module: torch.nn.Module, weights: dict[str, Any]) -> None:
    missing = module.load_state_dict(weights, strict=False).missing_keys
    if missing:
        raise ValueError(f"it lacks weights: {', '.join(missing[:5])}")


def freeze(model: LlavaOnevisionForConditionalGeneration, recipe: Recipe) -> None:
    """What the recipe does not tune gets no gradient; image_newline goes with the projector, lm_head with the language model."""
    for name, weights in model.named_parameters():
        weights.requires_grad_(part_of(name) in recipe.tune)


def part_of(name: str) -> str:
    """The part of the model that a parameter belongs to."""
    if "vision_tower" in name:
        return "vision_tower"
    return "projector" if "multi_modal_projector" in name or "image_newline" in name else "language_model"


def save_encoder(encoder: Encoder, folder: Path) -> None:
    """Tokenizer, image processor and what ties them, as `AutoProcessor` and lmms-eval read them."""
    encoder.tokenizer.save_pretrained(folder)
    encoder.image_processor.save_pretrained(folder)
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    ties = {
        "processor_class": "LlavaOnevisionProcessor",
        "num_image_tokens": encoder.tile_tokens,
        "vision_feature_select_strategy": encoder.config.vision_feature_select_strategy,
        "vision_aspect_ratio": encoder.config.vision_aspect_ratio,
        "image_token": "<image>",
        "video_token": "<video>",
    }
    (folder / "processor_config.json").write_text(json.dumps(ties, indent=1))
