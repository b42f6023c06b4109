"""The types of the parameters that people see in Prefect's form: what may be chosen, what is checked before a run starts.

What each is for is said once, in `MEANINGS`; `described` puts it into the flow's docstring, where Prefect looks for it.
"""

import inspect
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, StringConstraints

from vwi_lake.ablation import BASE_ONLY
from vwi_lake.export.mix import MIXES
from vwi_lake.stages import STAGES

# a path, name or condition: of one line, no blanks around it, so that a slip in the form is told before a run starts
Name = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^\S([^\x00-\x1f\x7f]*\S)?$")]
StageName = StrEnum("StageName", {name: name for name in STAGES})  # type: ignore[misc] # named by the pipeline itself
SearchProvider = Literal["local", "all", "serpapi", "google_vision", "serper"]
Rounds = Annotated[int, Field(ge=1, le=100)]
ExportForm = Literal["llava", "parquet", "webdataset", "qa", "warc"]
MixName = StrEnum("MixName", {name: name for name in MIXES})  # type: ignore[misc]
CellMix = StrEnum("CellMix", {name: name for name in (BASE_ONLY, *MIXES)})  # type: ignore[misc]
ALONE = MixName("alone")
Seed = Annotated[int, Field(ge=0)]
Sample = Annotated[str, StringConstraints(pattern=r"^(all|(first|end|random):\d+(\.\d+)?%?)$")]
Positive = Annotated[int, Field(ge=1)]
Sharding = Literal["none", "fsdp2", "zero3"]

F = TypeVar("F", bound=Callable[..., Any])
MEANINGS = {
    "lake": "The lake's folder.",
    "config": "Settings file. Default: ./vwi.toml where there is one.",
    "web": "Saved sites instead of the live web: folders, WARC or WACZ files. `demo` is the one that ships.",
    "seeds": "Seed images: a folder or one image.",
    "search": "Who answers a seed. `all`: no seeds, every page of the saved sites. Default: local.",
    "only": "Run only these stages.",
    "until": "Stop after this stage.",
    "rounds": "Rounds of search: from the second on, images of kept pairs are seeds. Default: 1.",
    "benchmarks": "Evaluation sets that the data must not give away: folders or files.",
    "retry": "Ask only those pages and images again that failed so: error classes such as timeout, or SQL conditions.",
    "to": "Folder to write to. A training that was stopped in it goes on.",
    "form": "llava, parquet, webdataset and qa are of pairs, warc of what was fetched.",
    "at": "As of a snapshot: its number or a run's id. Default: now.",
    "snapshot": "Train on the data as of a snapshot: its number or a run's id. Default: now.",
    "mix": "A mix to train on, in LLaVA's format, instead of all pairs.",
    "mixes": "Mixes to train on: alone, mixed_9_1, unrefined, text_only, visual_only, web_only; none is the base as it is.",
    "bases": "Models to start from: folders or names on the hub.",
    "seed": "Of what a mix draws, of weights that start at random, and of the order.",
    "sample": "Of a mix: all, first:N, end:N or random:N of our pairs; N may be a percentage.",
    "partner": "Of mixed_9_1: the other set, JSON, JSONL, or a list of such in YAML.",
    "partner_images": "Where its images lie. Default: beside its file.",
    "recipe": "full, lora or tiny, or a TOML or YAML file.",
    "base": "The model to start from: a folder, a name on the hub, LANGUAGE_MODEL+VISION_TOWER, or tiny. Default: the recipe's.",
    "processes": "On this machine, one per GPU.",
    "sharding": "How several GPUs share a model. Default: the recipe's.",
    "checkpoint": "LLaVA-OneVision weights: a folder, or a name on the hub.",
    "endpoint": "An OpenAI-compatible endpoint instead of a checkpoint; key in OPENAI_API_KEY.",
    "model": "What the endpoint calls the model.",
    "tasks": "Tasks of lmms-eval by name; `vwi evaluate --list` shows the paper's.",
    "files": "Benchmarks that you have as files: name → folder. `demo` is the four questions that ship.",
    "held_out": "Also the pairs of the data set that are held out.",
    "serve": "Serve the checkpoint with vLLM meanwhile (true), or with a command.",
    "judge": "The model that grades MathVista, MathVerse and MM-Vet; key in JUDGE_API_KEY, else OPENAI_API_KEY.",
    "judge_url": "The judge's endpoint. Default: OpenAI's.",
    "limit": "Only the first N documents of each task: for a try.",
    "empty_ok": "An empty reply is a wrong answer; else it fails the task.",
    "max_new_tokens": "Of a reply, for files and held-out pairs.",
    "device": "cuda or cpu. Default: what there is.",
    "training_run_id": "The training that made the checkpoint, so that the results name it.",
    "keep_days": "Snapshots older than this are expired, but for those that exports and runs name.",
    "delete_orphans": "Delete blobs that no row names; else they are only counted.",
    "back_up_to": "Back the lake up to this folder, too.",
    "check": "Verify blobs against their hashes and gold against bronze.",
}


def described(flow: F) -> F:
    """The function with `MEANINGS` of its parameters in its docstring, but for those that it describes itself."""
    told = inspect.getdoc(flow) or ""
    lines = [f"    {name}: {MEANINGS[name]}" for name in inspect.signature(flow).parameters if f"\n    {name}: " not in told]
    flow.__doc__ = "\n".join([told, *([] if "\nArgs:" in told else ["", "Args:"]), *lines])
    return flow
