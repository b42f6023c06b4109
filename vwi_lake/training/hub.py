"""`vwi push-model`: a trained model and its card on the Hugging Face Hub. The token is read from HF_TOKEN or the hub's own login."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from vwi_lake.errors import VwiError

CARD = """---
library_name: transformers
pipeline_tag: image-text-to-text
base_model: {base}
tags: [llava-onevision, vwi-lake]
---
# {name}

LLaVA-OneVision, fine-tuned from {base} on {samples:,} question-answer pairs ({modalities}) mined with vwi_lake.

| | |
|---|---|
| tuned | {tune} |
| learning rate, of the vision tower | {rate:g}, {vision_rate:g} |
| schedule, warm-up | {schedule}, {warmup:g} |
| seed | {seed} |
| steps | {steps:,} |
| tokens seen | {tokens:,}, {padding:.1%} of padding beside |
| samples left out | {dropped} |
| loss, first and last step | {first:.3f}, {last:.3f} |

The pages that the pairs come from belong to their authors: check the licences of the data before you use this model for more than research.
"""


def card(run: Path, name: str) -> str:
    """From what the run left in its folder: what it was told, and what came out."""
    try:
        told = json.loads((run / "run.json").read_text())
        report = json.loads((run / "report.json").read_text())
        recipe, metrics = told["recipe"], report["metrics"]
    except (OSError, ValueError, KeyError) as error:
        raise VwiError(f"{run} is no completed training ({error}): its `model` folder has run.json and report.json beside it") from None
    data, optimizer = metrics["data"], recipe["optimizer"]
    base = recipe["base"] if recipe["base"] != "tiny" and not Path(recipe["base"]).exists() else "weights of one's own"
    return CARD.format(
        name=name,
        base=base,
        samples=data["kept"],
        modalities=", ".join(f"{n:,} {m}" for m, n in data["modalities"].items()),
        tune=", ".join(recipe["tune"]) + (" by LoRA" if recipe["lora"] else ""),
        rate=optimizer["learning_rate"],
        vision_rate=optimizer["vision_learning_rate"],
        schedule=optimizer["schedule"],
        warmup=optimizer["warmup"],
        seed=recipe["seed"],
        steps=report["step"],
        tokens=metrics["tokens_seen"],
        padding=metrics["padding_share"],
        dropped=", ".join(f"{n:,} {why}" for why, n in data["dropped"].items()) or "none",
        first=metrics["first_loss"],
        last=metrics["last_loss"],
    )


def push(model: Path, name: str, public: bool, api: Any) -> str:
    """Weights, tokenizer and card; what the trainer keeps for itself stays here. Returns the address."""
    text = card(model.absolute().parent, name)
    api.create_repo(name, private=not public, exist_ok=True)
    api.upload_file(path_or_fileobj=text.encode(), path_in_repo="README.md", repo_id=name)
    return str(api.upload_folder(folder_path=model, repo_id=name, ignore_patterns=["training_args.bin", "optimizer*", "rng_state*"]))


def main(words: list[str] | None = None) -> int:
    told = argparse.ArgumentParser(prog="vwi push-model", description=__doc__)
    told.add_argument("model", type=Path)
    told.add_argument("name")
    told.add_argument("--public", action="store_true")
    asked = told.parse_args(words)
    try:
        if not get_token():
            raise VwiError("no token for the hub: set HF_TOKEN (https://huggingface.co/settings/tokens)")
        print(push(asked.model, asked.name, asked.public, HfApi()))  # noqa: T201
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        print(f"vwi: the hub refused it: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except VwiError as error:
        print(f"vwi: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
