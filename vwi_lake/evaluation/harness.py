"""lmms-eval's command line, and what it cannot say. Runs in the training environment, as a script: `python harness.py ARGUMENTS`.

Four things are added: the endpoint's key where a judge has another; the score of each MMMU sample, which lmms-eval only has
in total; no reply is kept in its cache that is none; checkpoints are asked questions without a picture too, and without torchvision,
which only videos need. Modules that local tasks share with us are found without the rest.
"""

import inspect
import os
import sys
import types
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NO_REPLY = "[LMMS_EVAL_"  # how lmms-eval marks a request that failed, in place of a reply


def share_modules() -> None:
    """vwi_lake.qa without vwi_lake's environment, and nothing else from where it is installed."""
    if "vwi_lake" not in sys.modules:
        package = types.ModuleType("vwi_lake")
        package.__path__ = [str(Path(__file__).resolve().parents[1])]
        sys.modules["vwi_lake"] = package


def use_key(key: str) -> None:
    """The key of the endpoint under test; OPENAI_API_KEY is the judge's."""
    from lmms_eval.models.simple import openai as module

    client = module.OpenAI
    module.OpenAI = lambda **given: client(**(given | {"api_key": key}))


def keep_no_failures() -> None:
    from lmms_eval.caching.response_cache import ResponseCache

    is_valid = ResponseCache._is_valid_response

    def is_reply(response: Any, request_type: str) -> bool:
        return is_valid(response, request_type) and not str(getattr(response, "text", response)).startswith(NO_REPLY)

    ResponseCache._is_valid_response = staticmethod(is_reply)


def load_processors() -> None:
    from lmms_eval.models.simple import llava_hf

    llava_hf.AutoProcessor = types.SimpleNamespace(from_pretrained=processor)


def processor(name: str, **given: Any) -> Any:
    from transformers import AutoProcessor

    found = (
        AutoProcessor.from_pretrained(name, **given) if find_spec("torchvision") else without_videos(name, given.get("revision", "main"))
    )

    class WithOrWithoutPictures(type(found)):  # type: ignore[misc]
        def __call__(self, images: Any = None, **more: Any) -> Any:
            return super().__call__(images=images or None, **more)

    found.__class__ = WithOrWithoutPictures
    return found


def without_videos(name: str, revision: str) -> Any:
    """LLaVA-OneVision's processor but for its video half."""
    from transformers import AutoTokenizer, LlavaOnevisionProcessor
    from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil

    class PicturesOnly(LlavaOnevisionProcessor):
        def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> Any:
            return None if argument_name == "video_processor" else super().check_argument_for_proper_class(argument_name, argument)

    told, _ = LlavaOnevisionProcessor.get_processor_dict(name, revision=revision)
    known = inspect.signature(LlavaOnevisionProcessor.__init__).parameters
    return PicturesOnly(
        image_processor=LlavaOnevisionImageProcessorPil.from_pretrained(name, revision=revision),
        tokenizer=AutoTokenizer.from_pretrained(name, revision=revision),
        **{key: value for key, value in told.items() if key in known and key not in ("image_processor", "tokenizer", "video_processor")},
    )


def score_samples() -> None:
    from lmms_eval.loggers.evaluation_tracker import EvaluationTracker

    save = EvaluationTracker.save_results_samples

    def save_scored(self: Any, task_name: str, samples: list[dict[str, Any]]) -> None:
        for sample in samples:
            if isinstance(graded := sample.get("mmmu_acc"), dict):
                sample["score"] = mmmu_score(task_name, graded)
        save(self, task_name, samples)

    EvaluationTracker.save_results_samples = save_scored


def mmmu_score(task_name: str, graded: dict[str, Any]) -> float:
    """As the task's own total would have it, were this the only sample."""
    if task_name.startswith("mmmu_pro"):
        from lmms_eval.tasks.mmmu_pro.utils import evaluate_mmmu
    else:
        from lmms_eval.tasks.mmmu.utils import evaluate_mmmu
    result = evaluate_mmmu([graded])
    return float((result if isinstance(result, dict) else result[1])["acc"])


def main() -> None:
    share_modules()
    use_key(os.environ.pop("VWI_ENDPOINT_KEY", "none"))
    keep_no_failures()
    load_processors()
    score_samples()
    from lmms_eval.__main__ import cli_evaluate

    cli_evaluate()


if __name__ == "__main__":
    main()
