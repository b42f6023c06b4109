"""A trained model asked: pictures and a question in, its answer out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from vwi_lake.errors import VwiError
from vwi_lake.training.encode import END, IMAGE, Encoder, pad
from vwi_lake.training.models import start_from
from vwi_lake.training.recipe import Images, Recipe


@dataclass
class Answerer:
    model: Any
    encoder: Encoder
    system: str = Recipe().system

    @torch.no_grad()
    def answer(self, questions: Sequence[tuple[str, Sequence[Image.Image]]], max_tokens: int = 512) -> list[str]:
        """Greedy answers, all at once: of one modality, and of like length where it should be quick."""
        prompts = [self._prompt(question, pictures) for question, pictures in questions]
        batch = pad([(p[::-1], []) for p in prompts], self.encoder.tokenizer.pad_token_id)
        # generation goes on at the right end, so padding stands on the left
        shown = {name: batch[name].flip(1) for name in ("input_ids", "attention_mask")}
        shown |= self.encoder.pixels([list(pictures) for _, pictures in questions if pictures])
        end = self.encoder.tokenizer.convert_tokens_to_ids(END)
        made = self.model.generate(
            **{name: value.to(self.model.device) for name, value in shown.items()},
            max_new_tokens=max_tokens,
            do_sample=False,
            eos_token_id=end,
            pad_token_id=self.encoder.tokenizer.pad_token_id,
        )
        new = made[:, shown["input_ids"].shape[1] :]
        return [text.strip() for text in self.encoder.tokenizer.batch_decode(new, skip_special_tokens=True)]

    def _prompt(self, question: str, pictures: Sequence[Image.Image]) -> list[int]:
        """Pictures stand before the question, as in the data."""
        asked = f"{IMAGE}\n" * len(pictures) + question.replace(IMAGE, "< image >")
        messages = [{"role": role, "content": text} for role, text in (("system", self.system), ("user", asked)) if text]
        tokens = self.encoder.image_tokens([(p.height, p.width) for p in pictures]) if pictures else []
        ids = self.encoder.encode(messages, tokens, answer=True).ids
        if len(ids) > self.encoder.max_length:
            raise VwiError(f"the question takes {len(ids):,} tokens, but {self.encoder.max_length:,} is the limit: shorten it")
        return ids


def load_answerer(checkpoint: str) -> Answerer:
    """A folder that a training left (`model`, `checkpoint-N`), or a name on the hub."""
    if Path(checkpoint, "adapter_config.json").exists():
        raise VwiError(f"{checkpoint} holds adapters only: name the run's `model` folder, where they are merged")
    start = start_from(Recipe(base=checkpoint, images=Images(max_tiles=_tiles(checkpoint))))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Answerer(start.model.eval().to(device, torch.bfloat16 if device == "cuda" else torch.float32), start.encoder)


def _tiles(checkpoint: str) -> int:
    """The share of tiles that the checkpoint was trained with."""
    from transformers import AutoConfig

    try:
        told = AutoConfig.from_pretrained(checkpoint).vision_aspect_ratio
    except (OSError, ValueError, AttributeError):
        return Images().max_tiles
    return int(told.removeprefix("anyres_max_"))
