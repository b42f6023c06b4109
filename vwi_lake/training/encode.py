"""Conversations as token ids in Qwen 2.5's chat format. The loss is on what the assistant says and the mark that ends it, nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import LlavaOnevisionConfig, LlavaOnevisionProcessor, PreTrainedTokenizerBase
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil

from vwi_lake.training.images import read_image

IMAGE, START, END = "<image>", "<|im_start|>", "<|im_end|>"
IGNORED = -100  # label of a token without loss
# The same for generation: `encode` and this template give the same ids (tests/training/test_encode.py).
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{{ '<image>\n' if part['type'] == 'image' else part['text'] if part['type'] == 'text' else '' }}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
Message = dict[str, str]  # role, content


@dataclass(frozen=True)
class Encoded:
    ids: list[int]
    labels: list[int]


@dataclass
class Encoder:
    """What turns samples into a model's inputs: its tokenizer, its image processor, and how many tokens a picture takes."""

    tokenizer: PreTrainedTokenizerBase
    image_processor: LlavaOnevisionImageProcessorPil
    config: LlavaOnevisionConfig
    max_length: int = 8192

    def __post_init__(self) -> None:
        self.image_id = self.config.image_token_id
        self.tile_side = self.config.vision_config.image_size
        self.tile_tokens = (self.tile_side // self.config.vision_config.patch_size) ** 2
        # the processor's video half needs torchvision, whose place is not in every environment: we use the half that counts
        self.counter = LlavaOnevisionProcessor.__new__(LlavaOnevisionProcessor)
        self.counter.image_processor, self.counter.image_token = self.image_processor, IMAGE
        self.counter.num_image_tokens = self.tile_tokens
        self.counter.vision_feature_select_strategy = self.config.vision_feature_select_strategy
        self.counter.vision_aspect_ratio = self.config.vision_aspect_ratio
        self.special = sorted(set(self.tokenizer.all_special_tokens) | set(self.tokenizer.get_added_vocab()), key=len, reverse=True)

    def image_tokens(self, sizes: Sequence[Sequence[int]]) -> list[int]:
        """Tokens of each picture of one sample, from its height and width: one is cut into tiles, several are padded to a square."""
        tile = [[np.empty((3, self.tile_side, self.tile_side), dtype=np.uint8)]]
        shown = {"batch_num_images": [len(sizes)], "image_sizes": [list(size) for size in sizes], "pixel_values": tile}
        return [len(self.counter.replace_image_token(shown, i)) // len(IMAGE) for i in range(len(sizes))]

    def plain(self, text: str) -> str:
        """Text that holds no mark of the chat format: a page that writes one means the characters."""
        for token in self.special:
            if token != IMAGE and token in text:
                text = text.replace(token, f"{token[0]} {token[1:]}")
        return text

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False).input_ids

    def encode(self, messages: Sequence[Message], image_tokens: Sequence[int] = (), answer: bool = False) -> Encoded:
        """Token ids and labels; `answer` ends with the opening of an assistant's turn, for generation."""
        ids: list[int] = []
        labels: list[int] = []
        pictures = iter(image_tokens)

        def add(new: list[int], learnt: bool = False) -> None:
            ids.extend(new)
            labels.extend(new if learnt else [IGNORED] * len(new))

        for message in messages:
            learnt = message["role"] == "assistant"
            add(self._ids(f"{START}{message['role']}\n"))
            for i, text in enumerate(self.plain(message["content"].strip()).split(IMAGE)):
                if i:
                    add([self.image_id] * next(pictures))
                add(self._ids(text) if text else [], learnt)
            add(self._ids(END), learnt)
            add(self._ids("\n"))
        if answer:
            add(self._ids(f"{START}assistant\n"))
        return Encoded(ids, labels)

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Collate rows of the prepared data: padded on the right, longer ones cut at `max_length`."""
        pictures = [[_read(path) for path in row["pictures"]] for row in rows]
        shown = [self.image_tokens([(p.height, p.width) for p in some]) for some in pictures]
        encoded = [self.encode(row["messages"], tokens) for row, tokens in zip(rows, shown, strict=True)]
        batch = pad([(e.ids[: self.max_length], e.labels[: self.max_length]) for e in encoded], self.tokenizer.pad_token_id)
        return batch | self.pixels([some for some in pictures if some])

    def pixels(self, pictures: list[list[Any]]) -> dict[str, torch.Tensor]:
        """pixel_values (pictures, tiles, 3, side, side), image_sizes (pictures, 2) and batch_num_images (samples that have any)."""
        return dict(self.image_processor(pictures, return_tensors="pt")) if pictures else {}


def _read(path: str) -> Any:
    """Checked when the data was prepared: what fails now went since then, and no other picture takes its place."""
    from pathlib import Path

    return read_image(Path(path))


def pad(rows: list[tuple[list[int], list[int]]], pad_id: int) -> dict[str, torch.Tensor]:
    longest = max(len(ids) for ids, _ in rows)
    return {
        "input_ids": torch.tensor([ids + [pad_id] * (longest - len(ids)) for ids, _ in rows]),
        "attention_mask": torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in rows]),
        "labels": torch.tensor([labels + [IGNORED] * (longest - len(labels)) for _, labels in rows]),
    }
