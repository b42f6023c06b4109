"""What is evaluated and how lmms-eval is called for it: one process per task, so that a finished task stays finished."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vwi_lake.demo import BENCHMARK
from vwi_lake.errors import VwiError
from vwi_lake.evaluation import harness
from vwi_lake.providers.runner import Job

UNSAFE = set(",={}[]'\"\n\\")  # lmms-eval splits its model_args at commas, unless quoted


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI-compatible server and the name under which it serves the model; the key stands in the environment."""

    url: str  # with its /v1
    model: str
    key_name: str = "OPENAI_API_KEY"
    in_flight: int = 32
    timeout_s: int = 600  # of one reply
    retries: int = 3


@dataclass(frozen=True)
class Judge:
    """The model that grades MathVista, MathVerse and MM-Vet."""

    model: str = "gpt-4o-2024-11-20"  # lmms-eval's own
    url: str = "https://api.openai.com/v1"
    key_name: str = "OPENAI_API_KEY"


@dataclass(frozen=True)
class ModelUnderTest:
    """A checkpoint that lmms-eval loads, or an endpoint; both where the endpoint serves the checkpoint."""

    checkpoint: str | None = None  # a folder or a name on the hub
    endpoint: Endpoint | None = None
    processes: int = 1  # of a checkpoint, one per GPU
    device: str = "cuda"


@dataclass(frozen=True)
class Wanted:
    """An evaluation: a model, and what it is asked."""

    model: ModelUnderTest
    tasks: tuple[str, ...] = ()  # by their names in lmms-eval
    files: Mapping[str, Path] = field(default_factory=dict)  # tasks of ours: name → a benchmark's files
    held_out: bool = False  # also the pairs that the lake holds out
    judge: Judge | None = None
    limit: int | None = None  # documents of each task
    empty_ok: bool = False  # an empty reply is a wrong answer, and no failure
    max_new_tokens: int = 2048  # for tasks of ours
    serve: str | None = None  # a command that serves the checkpoint meanwhile: see serving
    training_run_id: str | None = None


def model_under_test(
    checkpoint: str | None, endpoint: str | None = None, name: str | None = None, device: str | None = None, processes: int = 1
) -> ModelUnderTest:
    """From what a person wrote; VwiError where that is no model, or two."""
    if (checkpoint is None) == (endpoint is None):
        raise VwiError("name what to evaluate: a checkpoint, or an endpoint with --endpoint URL --model NAME; not both")
    if endpoint and not name:
        raise VwiError(f"--endpoint {endpoint} serves which model? --model NAME says it")
    if checkpoint and Path(checkpoint).is_dir():  # lmms-eval runs in a folder of its own
        checkpoint = str(Path(checkpoint).absolute())
    return ModelUnderTest(checkpoint, Endpoint(endpoint, name) if endpoint and name else None, processes, device or _device())


def files_of_checkpoint(checkpoint: str | None) -> list[tuple[str, int, int]]:
    """Name, size and time of each file: a checkpoint that was trained anew under its old name is another. Empty for a hub's."""
    folder = Path(checkpoint or "")
    return sorted((p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in folder.glob("*")) if checkpoint and folder.is_dir() else []


def files_of(named: Mapping[str, str]) -> dict[str, Path]:
    """Task → where its files lie; the word `demo` names the four questions that ship with the package."""
    return {name: BENCHMARK if place == "demo" else Path(place).absolute() for name, place in named.items()}


def judge_of(model: str | None, url: str | None) -> Judge | None:
    """A judge elsewhere never sees the key of OPENAI_API_KEY."""
    if url and not model:
        raise VwiError(f"--judge-url {url} serves which judge? --judge MODEL says it")
    key_name = "JUDGE_API_KEY" if url or os.environ.get("JUDGE_API_KEY") else "OPENAI_API_KEY"
    return Judge(model, url or Judge.url, key_name) if model else None


def _device() -> str:
    return "cuda" if Path("/dev/nvidia0").exists() else "cpu"


def job(wanted: Wanted, task: str, folder: Path, python: Path, store: Path) -> Job:
    """lmms-eval on one task, what it writes below `folder`. In `store`: replies of an earlier try, and tasks of ours, complete with data.

    lmms-eval knows its replies by the path of the data too: both stay where they were.
    """
    model = wanted.model
    is_local = (store / "tasks" / task).is_dir()
    launch = [str(python)]
    if model.processes > 1:
        launch += ["-m", "accelerate.commands.launch", "--num_processes", str(model.processes)]
    words = [*launch, harness.__file__, *_model(model), "--tasks", task, "--batch_size", "1", "--log_samples"]
    words += ["--output_path", str(folder / "output"), "--use_cache", str(store / "cache"), "--timezone", "UTC"]
    if is_local:
        words += ["--include_path", str(store / "tasks")]
    if wanted.limit is not None:
        words += ["--limit", str(wanted.limit)]
    return Job(tuple(words), folder / "log.txt", folder, _environment(wanted, folder, is_local))


def _model(model: ModelUnderTest) -> list[str]:
    if model.endpoint is None:
        assert model.checkpoint is not None
        arguments = {"pretrained": model.checkpoint, "device": model.device}
        if model.processes == 1:  # several choose their own GPUs, and only without this
            arguments["device_map"] = model.device
        name = "llava_hf"
    else:
        asked = model.endpoint
        arguments = {"model_version": asked.model, "base_url": asked.url, "num_concurrent": str(asked.in_flight)}
        arguments |= {"timeout": str(asked.timeout_s), "max_retries": str(asked.retries)}
        name = "openai"
    for what, value in arguments.items():
        if UNSAFE & set(value):
            raise VwiError(f"lmms-eval cannot be told {what}={value!r}: commas, quotes, brackets, = and line ends must not be in it")
    return ["--model", name, "--model_args", ",".join(f"{what}={value}" for what, value in arguments.items())]


def _environment(wanted: Wanted, folder: Path, is_local: bool) -> dict[str, str]:
    """Keys go here and nowhere else; who grades and who is graded each get their own."""
    token = os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN", "")
    found = {
        "PYTHONSAFEPATH": "1",  # the harness's neighbours are no modules of their own
        "HF_TOKEN": "",  # lmms-eval writes this one into its log; the hub also reads the other
        "HUGGING_FACE_HUB_TOKEN": token,
        "OPENAI_API_KEY": "none",
        "OPENAI_API_BASE": "",
        "VWI_ENDPOINT_KEY": "none",
        "TOKENIZERS_PARALLELISM": "false",
    }
    if asked := wanted.model.endpoint:
        found["VWI_ENDPOINT_KEY"] = os.environ.get(asked.key_name) or "none"
    if judge := wanted.judge:
        found |= {"API_TYPE": "openai", "OPENAI_API_URL": judge.url, "MODEL_VERSION": judge.model}
        found["OPENAI_API_KEY"] = os.environ.get(judge.key_name) or "none"
    if is_local and (asked or Path(wanted.model.checkpoint or "").is_dir()):
        found |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_DATASETS_CACHE": str(folder / "datasets")}
    return found
