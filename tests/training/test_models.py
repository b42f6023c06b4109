"""Where a training may start from."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from transformers import Qwen2ForCausalLM, SiglipModel, SiglipTextConfig, SiglipVisionModel

from vwi_lake.errors import VwiError
from vwi_lake.training.models import Start, part_of, save_encoder, start_from
from vwi_lake.training.recipe import load
from vwi_lake.training.tiny import tiny_config, tiny_tokenizer


def shown(start: Start) -> dict[str, Any]:
    from PIL import Image

    picture = Image.new("RGB", (90, 50), "red")
    ids = start.encoder.encode([{"role": "user", "content": "<image>?"}], start.encoder.image_tokens([(50, 90)]), answer=True).ids
    return {"input_ids": torch.tensor([ids]), **start.encoder.pixels([[picture]])}


def logits(start: Start) -> torch.Tensor:
    start.model.eval()
    with torch.no_grad():
        return start.model(**shown(start)).logits


def saved(start: Start, folder: Path) -> Path:
    start.model.save_pretrained(folder)
    save_encoder(start.encoder, folder)
    return folder


def test_a_checkpoint_loads_as_it_was(tmp_path: Path) -> None:
    first = start_from(load("tiny", **{"images.grid": 2, "images.max_tiles": 2}))
    again = start_from(load("tiny", base=str(saved(first, tmp_path)), **{"images.max_tiles": 2}))
    assert torch.equal(logits(first), logits(again))
    assert first.encoder.tokenizer.chat_template == again.encoder.tokenizer.chat_template
    told = json.loads((tmp_path / "processor_config.json").read_text())
    assert (told["num_image_tokens"], told["vision_aspect_ratio"]) == (4, "anyres_max_2")


def test_seeds_make_the_weights() -> None:
    one, same, other = (logits(start_from(load("tiny", seed=seed))) for seed in (1, 1, 2))
    assert torch.equal(one, same) and not torch.allclose(one, other)


BEFORE = {
    "model.vision_tower.": "model.vision_tower.vision_tower.vision_model.",
    "model.multi_modal_projector.linear_1.": "model.mm_projector.0.",
    "model.multi_modal_projector.linear_2.": "model.mm_projector.2.",
    "model.language_model.": "model.",
}


def llavas(name: str) -> str:
    return next((old + name.removeprefix(new) for new, old in BEFORE.items() if name.startswith(new)), name)


def test_llavas_own_format(tmp_path: Path) -> None:
    """As LLaVA-NeXT writes it: other names, a vision tower with one layer more, marks of images not in the vocabulary's use."""
    first = start_from(load("tiny"))
    config = first.model.config
    tower = SiglipVisionModel(type(config.vision_config)(**{**config.vision_config.to_dict(), "num_hidden_layers": 2}))
    tower.save_pretrained(tmp_path / "tower")
    old = {llavas(name): value.clone().bfloat16() for name, value in first.model.state_dict().items()}
    old["model.vision_tower.vision_tower.vision_model.encoder.layers.1.layer_norm1.weight"] = torch.ones(64)
    folder = tmp_path / "llava"
    folder.mkdir()
    save_file(old, folder / "model.safetensors")
    first.encoder.tokenizer.save_pretrained(folder)
    settings = {**config.text_config.to_dict(), "tie_word_embeddings": True, "mm_vision_tower": str(tmp_path / "tower")}
    settings |= {"mm_vision_select_layer": -2, "image_grid_pinpoints": "(1x1),...,(1x1)", "architectures": ["LlavaQwenForCausalLM"]}
    (folder / "config.json").write_text(json.dumps({**settings, "model_type": "llava"}))
    again = start_from(load("tiny", base=str(folder)))
    first.model.load_state_dict({name: value.bfloat16().float() for name, value in first.model.state_dict().items()})
    assert torch.allclose(logits(first), logits(again), atol=1e-5)


@pytest.mark.parametrize("whole", [True, False])
def test_a_language_model_and_a_vision_tower(tmp_path: Path, whole: bool) -> None:
    """Both parts keep their weights, also where the tower comes with a text model beside it; the last layer is left out."""
    config = tiny_config()
    vision = type(config.vision_config)(**{**config.vision_config.to_dict(), "num_hidden_layers": 2})
    if whole:
        text = SiglipTextConfig(hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, vocab_size=99)
        from transformers import SiglipConfig

        tower = SiglipModel(SiglipConfig(text_config=text.to_dict(), vision_config=vision.to_dict()))
    else:
        tower = SiglipVisionModel(vision)
    spoken = Qwen2ForCausalLM(config.text_config)
    spoken.save_pretrained(tmp_path / "spoken")
    tiny_tokenizer().save_pretrained(tmp_path / "spoken")
    tower.save_pretrained(tmp_path / "tower")
    made = start_from(load("tiny", base=f"{tmp_path / 'spoken'}+{tmp_path / 'tower'}"))
    assert torch.equal(made.model.model.language_model.layers[1].mlp.up_proj.weight, spoken.model.layers[1].mlp.up_proj.weight)
    ours, theirs = (getattr(t, "vision_model", t).encoder.layers for t in (made.model.model.vision_tower, tower))
    assert len(ours) == 1 and torch.equal(ours[0].mlp.fc1.weight, theirs[0].mlp.fc1.weight)
    assert logits(made).isfinite().all()


def test_parts() -> None:
    parts = {part_of(name) for name, _ in start_from(load("tiny")).model.named_parameters()}
    assert parts == {"vision_tower", "projector", "language_model"}
    assert part_of("model.image_newline") == "projector"


@pytest.mark.parametrize("base", ["nowhere", "./nowhere", "a+b", "+", ""])
def test_what_cannot_be_loaded_is_named(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(VwiError, match="cannot be loaded"):
        start_from(load("tiny", base=base))
