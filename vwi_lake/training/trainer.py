"""trl's trainer with what LLaVA-OneVision needs: two learning rates, batches by modality and length, checkpoints that really load."""

import json
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader
from transformers import LlavaOnevisionForConditionalGeneration, TrainerCallback
from trl import SFTConfig, SFTTrainer

from vwi_lake.training.arguments import lora_of
from vwi_lake.training.batches import GroupedBatches
from vwi_lake.training.models import Start, part_of, save_encoder
from vwi_lake.training.recipe import Recipe

STATE = "trainer_state.json"


class VlmTrainer(SFTTrainer):
    def __init__(self, start: Start, recipe: Recipe, data: Any, args: SFTConfig, callbacks: list[TrainerCallback]) -> None:
        self.recipe, self.encoder = recipe, start.encoder
        self.batches = GroupedBatches(
            list(data["modality"]),
            list(data["length"]),
            args.per_device_train_batch_size,
            args.world_size,
            recipe.batches.grouped,
            recipe.seed,
        )
        self.seen = {"tokens": 0, "padding": 0}  # of this process since the last log
        super().__init__(
            model=start.model,
            args=args,
            train_dataset=data,
            data_collator=start.encoder,
            processing_class=start.encoder.tokenizer,
            peft_config=lora_of(recipe),
            callbacks=[OrderOfEpoch(self.batches), *callbacks],
        )

    # -- data ------------------------------------------------------------------------------------------------------

    def get_train_dataloader(self) -> DataLoader:
        loader = DataLoader(
            self.train_dataset,
            batch_sampler=self.batches,
            collate_fn=self.data_collator,
            num_workers=self.args.dataloader_num_workers,
            pin_memory=self.args.dataloader_pin_memory and not self.args.use_cpu,
        )
        return self.accelerator.prepare(loader)

    def compute_loss(self, model: Any, inputs: dict[str, Any], *rest: Any, **more: Any) -> Any:
        mask = inputs["attention_mask"]
        self.seen["tokens"] += int(mask.sum())
        self.seen["padding"] += int(mask.numel() - mask.sum())
        return super().compute_loss(model, inputs, *rest, **more)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Adds the tokens and the padding of all processes since the log before."""
        if "loss" in logs:
            counts = torch.tensor([self.seen["tokens"], self.seen["padding"]], device=self.args.device)
            tokens, padding = self.accelerator.reduce(counts, "sum").tolist()
            logs |= {"tokens": tokens, "padding_share": padding / max(1, tokens + padding)}
            self.seen = dict.fromkeys(self.seen, 0)
        super().log(logs, start_time)

    # -- optimizer -------------------------------------------------------------------------------------------------

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """The vision tower has a learning rate of its own; biases and norms never decay."""
        if self.optimizer is None:  # type: ignore[has-type]
            model = model or self.model
            decaying = set(self.get_decay_parameter_names(model))
            groups: dict[tuple[bool, bool], list[Any]] = {}
            for name, weights in model.named_parameters():
                if weights.requires_grad:
                    groups.setdefault((part_of(name) == "vision_tower", name in decaying), []).append(weights)
            wanted = self.recipe.optimizer
            rates = {True: wanted.vision_learning_rate, False: wanted.learning_rate}
            made = [
                {"params": weights, "lr": rates[vision], "weight_decay": wanted.weight_decay if decays else 0.0}
                for (vision, decays), weights in groups.items()
            ]
            kind, settings = self.get_optimizer_cls_and_kwargs(self.args, model)
            self.optimizer = kind(made, **settings)
        return self.optimizer

    # -- checkpoints -----------------------------------------------------------------------------------------------

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """The library loads weights by their names on disk, which are not those in memory, and says nothing where none fits."""
        if self.is_fsdp_enabled or self.recipe.lora:
            super()._load_from_checkpoint(resume_from_checkpoint, model)
            return
        model = model or self.model
        saved = LlavaOnevisionForConditionalGeneration.from_pretrained(resume_from_checkpoint, dtype=torch.float32)
        model.load_state_dict(saved.state_dict())

    def _save(self, output_dir: str | None = None, state_dict: dict | None = None) -> None:
        super()._save(output_dir, state_dict)
        save_encoder(self.encoder, Path(output_dir or self.args.output_dir))

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """Ours is written when a model is published (hub.py)."""


class OrderOfEpoch(TrainerCallback):
    """Tells the batches which epoch it is; the library does so too, but not where it shards or skips batches."""

    def __init__(self, batches: GroupedBatches) -> None:
        self.batches = batches

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.batches.set_epoch(int(state.epoch or 0))


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end: the trainer's state comes last."""
    found = [p for p in folder.glob("checkpoint-*") if p.name.removeprefix("checkpoint-").isdigit() and _is_whole(p)]
    return max(found, key=lambda p: int(p.name.removeprefix("checkpoint-")), default=None)


def _is_whole(checkpoint: Path) -> bool:
    try:
        return json.loads((checkpoint / STATE).read_text())["global_step"] == int(checkpoint.name.removeprefix("checkpoint-"))
    except (OSError, ValueError, KeyError, TypeError):
        return False
