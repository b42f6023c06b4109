"""Checkpoints as LLaVA-NeXT's code writes them (LLaVA-OneVision-mid, MAmmoTH-VL), read as transformers' LLaVA-OneVision."""

import json
import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import AutoConfig, AutoTokenizer, LlavaOnevisionConfig, LlavaOnevisionForConditionalGeneration, Qwen2Config

RENAMED = [
    (re.compile(r"^model\.vision_tower\.vision_tower\.(?:vision_model\.)?"), "model.vision_tower."),
    (re.compile(r"^model\.mm_projector\.0\."), "model.multi_modal_projector.linear_1."),
    (re.compile(r"^model\.mm_projector\.2\."), "model.multi_modal_projector.linear_2."),
    (re.compile(r"^model\.(?=embed_tokens|layers|norm)"), "model.language_model."),
]


def is_llava(base: str) -> bool:
    return "mm_vision_tower" in _settings(base)


def load(base: str) -> tuple[LlavaOnevisionForConditionalGeneration, Any]:
    """Model and tokenizer; the tokenizer gets the marks of images, which LLaVA's code keeps outside of it."""
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>", "<video>"]})
    weights = {renamed(name): value.float() for name, value in _weights(base)}
    model = LlavaOnevisionForConditionalGeneration(config_of(base, tokenizer))
    if model.get_input_embeddings().num_embeddings < len(tokenizer):
        raise ValueError(f"its vocabulary of {model.config.text_config.vocab_size} has no room for the marks of images")
    wanted = model.state_dict().keys()
    if model.config.tie_word_embeddings:
        weights.setdefault("lm_head.weight", weights["model.language_model.embed_tokens.weight"])
    if missing := sorted(wanted - weights.keys()):
        raise ValueError(f"it lacks weights: {', '.join(missing[:5])}")
    model.load_state_dict({name: weights[name] for name in wanted})
    return model, tokenizer


def renamed(name: str) -> str:
    for pattern, new in RENAMED:
        if pattern.match(name):
            return pattern.sub(new, name)
    return name


def config_of(base: str, tokenizer: Any = None) -> LlavaOnevisionConfig:
    """As in the hub's converted checkpoints, layers after the features' own are left out of the tower."""
    settings = _settings(base)
    vision = AutoConfig.from_pretrained(settings["mm_vision_tower"])
    vision = getattr(vision, "vision_config", vision)
    vision.num_hidden_layers += 1 + settings.get("mm_vision_select_layer", -2)
    vision.vision_use_head = False
    text = Qwen2Config(**{k: v for k, v in settings.items() if k not in ("model_type", "architectures", "torch_dtype", "dtype")})
    image, video = [tokenizer.convert_tokens_to_ids(t) for t in ("<image>", "<video>")] if tokenizer else [0, 1]
    return LlavaOnevisionConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=image,
        video_token_index=video,
        vision_feature_layer=-1,
        image_grid_pinpoints=_pinpoints(settings["image_grid_pinpoints"], vision.image_size),
        tie_word_embeddings=bool(settings.get("tie_word_embeddings", False)),
    )


def _pinpoints(told: Any, side: int) -> list[list[int]]:
    """A list of sizes, or "(1x1),...,(6x6)": all grids from the first to the last."""
    if isinstance(told, str):
        first, last = (tuple(map(int, pair)) for pair in re.findall(r"(\d+)\s*x\s*(\d+)", told))
        return [[side * a, side * b] for a in range(first[0], last[0] + 1) for b in range(first[1], last[1] + 1)]
    return [list(size) for size in told]


def _settings(base: str) -> dict[str, Any]:
    return json.loads(_file(base, "config.json").read_text())


def _weights(base: str) -> list[tuple[str, torch.Tensor]]:
    try:
        index = json.loads(_file(base, "model.safetensors.index.json").read_text())
        names = sorted(set(index["weight_map"].values()))
    except OSError:
        names = ["model.safetensors"]
    return [item for name in names for item in load_file(_file(base, name)).items()]


def _file(base: str, name: str) -> Path:
    if Path(base).is_dir():
        found = Path(base) / name
        if not found.is_file():
            raise OSError(f"no {name} in {base}")
        return found
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(base, name))
    except (HfHubHTTPError, LocalEntryNotFoundError, ValueError) as error:
        raise OSError(f"no {name} of {base} on the hub or in its cache: {error}") from error
