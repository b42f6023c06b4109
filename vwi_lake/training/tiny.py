"""A LLaVA-OneVision of some 300,000 random weights, with a tokenizer of its own: for tests, tries and the miniature."""

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    PreTrainedTokenizerFast,
    Qwen2Config,
    SiglipVisionConfig,
)
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<video>"]
SIDE, PATCH = 56, 28  # pixels


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """One token a byte, learnt from nothing."""
    vocabulary = {sign: i for i, sign in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(SPECIAL)
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token=SPECIAL[0], eos_token=SPECIAL[2])


def tiny_config(grid: int = 1, max_tiles: int = 1, layers: int = 2, width: int = 64) -> LlavaOnevisionConfig:
    tokenizer = tiny_tokenizer()
    image, video, end = (tokenizer.convert_tokens_to_ids(t) for t in ("<image>", "<video>", "<|im_end|>"))
    vision = SiglipVisionConfig(
        hidden_size=width, intermediate_size=2 * width, num_hidden_layers=1, num_attention_heads=4,
        image_size=SIDE, patch_size=PATCH, vision_use_head=False,
    )  # fmt: skip
    text = Qwen2Config(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=3 * width, num_hidden_layers=layers, num_attention_heads=4,
        num_key_value_heads=2, initializer_range=0.1, max_position_embeddings=2048,
        eos_token_id=end, pad_token_id=tokenizer.pad_token_id, bos_token_id=None,
    )  # fmt: skip
    return LlavaOnevisionConfig(
        vision_config=vision, text_config=text, image_token_index=image, video_token_index=video, vision_feature_layer=-1,
        image_grid_pinpoints=pinpoints(SIDE, grid), vision_aspect_ratio=f"anyres_max_{max_tiles}", tie_word_embeddings=True,
    )  # fmt: skip


def tiny_model(config: LlavaOnevisionConfig, seed: int) -> LlavaOnevisionForConditionalGeneration:
    torch.manual_seed(seed)
    return LlavaOnevisionForConditionalGeneration(config)


def image_processor(side: int, pinpoints: list[list[int]]) -> LlavaOnevisionImageProcessorPil:
    """Mean and deviation are SigLIP's."""
    half = [0.5, 0.5, 0.5]
    return LlavaOnevisionImageProcessorPil(
        size={"height": side, "width": side}, image_grid_pinpoints=pinpoints, image_mean=half, image_std=half
    )


def pinpoints(side: int, grid: int) -> list[list[int]]:
    """Height and width of every picture of 1 × 1 to grid × grid tiles."""
    return [[side * down, side * across] for down in range(1, grid + 1) for across in range(1, grid + 1)]
