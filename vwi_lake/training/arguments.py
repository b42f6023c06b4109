"""A recipe in the terms of trl, transformers, accelerate and DeepSpeed."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from trl import SFTConfig

from vwi_lake.errors import VwiError
from vwi_lake.training.recipe import SHIPPED, Recipe

LORA_TARGETS = r".*(language_model|vision_tower).*\.(q_proj|k_proj|v_proj|o_proj|out_proj|gate_proj|up_proj|down_proj|fc1|fc2)"


def sharding_of(recipe: Recipe) -> dict[str, Any]:
    """The shipped FSDP2 or ZeRO-3 settings as arguments of transformers."""
    if recipe.sharding == "fsdp2":
        return {"fsdp": True, "fsdp_config": json.loads((SHIPPED / "fsdp2.json").read_text())}
    return {"deepspeed": str(SHIPPED / "zero3.json")} if recipe.sharding == "zero3" else {}


def arguments(recipe: Recipe, folder: Path) -> SFTConfig:
    """All that the trainer is told. What a machine lacks (bf16 or tf32 without a GPU that has it) is left out of it."""
    if "wandb" in recipe.report_to and importlib.util.find_spec("wandb") is None:
        raise VwiError(
            "report_to names wandb, which this environment lacks: pip install wandb there, or --set 'report_to=[\"tensorboard\"]'"
        )
    gpu = torch.cuda.is_available()
    fsdp = recipe.sharding == "fsdp2"
    return SFTConfig(
        output_dir=str(folder),
        use_cpu=not gpu,
        seed=recipe.seed,
        learning_rate=recipe.optimizer.learning_rate,
        lr_scheduler_type=recipe.optimizer.schedule,
        warmup_steps=recipe.optimizer.warmup,  # below 1: a share of all steps
        weight_decay=recipe.optimizer.weight_decay,
        max_grad_norm=recipe.optimizer.max_grad_norm,
        per_device_train_batch_size=recipe.batches.per_device,
        gradient_accumulation_steps=recipe.batches.accumulation,
        num_train_epochs=recipe.batches.epochs,
        max_steps=recipe.batches.max_steps or -1,
        bf16=recipe.precision.bf16,
        tf32=True if recipe.precision.tf32 and gpu else None,
        torch_compile=recipe.precision.compile,
        # FSDP checkpoints activations itself: both would gather the weights once more in the backward pass
        gradient_checkpointing=recipe.precision.gradient_checkpointing and not fsdp,
        max_length=recipe.max_length,
        save_strategy="steps",
        save_steps=recipe.checkpoints.every,
        save_total_limit=recipe.checkpoints.keep,
        logging_steps=1,
        logging_nan_inf_filter=False,  # a loss that is no number is told, not replaced by the one before
        report_to=list(recipe.report_to) or "none",
        dataloader_num_workers=recipe.workers,
        dataset_kwargs={"skip_prepare_dataset": True},  # ours are prepared
        remove_unused_columns=False,
        ddp_find_unused_parameters=True,  # a batch of text leaves the vision tower alone
        disable_tqdm=True,
        **sharding_of(recipe),
    )


def lora_of(recipe: Recipe) -> LoraConfig | None:
    """Adapters on all linear layers of the parts to tune but lm_head."""
    if recipe.lora is None:
        return None
    parts = "|".join(p for p in ("language_model", "vision_tower") if p in recipe.tune)
    whole = ["multi_modal_projector"] if "projector" in recipe.tune else None
    return LoraConfig(
        r=recipe.lora.rank,
        lora_alpha=recipe.lora.alpha,
        lora_dropout=recipe.lora.dropout,
        target_modules=LORA_TARGETS.replace("language_model|vision_tower", parts) if parts else [],
        modules_to_save=whole,
        task_type="CAUSAL_LM",
    )
