"""How lmms-eval is called: words that no shell reads, keys that no command line shows, and who gets which."""

from pathlib import Path

import pytest

from vwi_lake.errors import VwiError
from vwi_lake.evaluation.command import Endpoint, Judge, ModelUnderTest, Wanted, job, judge_of, model_under_test
from vwi_lake.evaluation.tasks import PAPER, checked, needs_judge, parts_of

PYTHON = Path("/env/bin/python")
SERVED = ModelUnderTest(endpoint=Endpoint("http://127.0.0.1:8000/v1", "m"))


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    for name in ("OPENAI_API_KEY", "JUDGE_API_KEY", "HF_TOKEN"):
        monkeypatch.setenv(name, f"secret-{name}")


def words(wanted, store=Path("/nowhere")):
    return job(wanted, "mmmu_val", Path("/work"), PYTHON, store)


def test_a_checkpoint(tmp_path):
    made = words(Wanted(ModelUnderTest("runs/x", device="cpu"), limit=5))
    assert " ".join(made.command[2:]).startswith(
        "--model llava_hf --model_args pretrained=runs/x,device=cpu,device_map=cpu --tasks mmmu_val"
    )
    assert made.command[-2:] == ("--limit", "5")
    assert words(Wanted(ModelUnderTest("x", processes=8))).command[:5] == (
        str(PYTHON), "-m", "accelerate.commands.launch", "--num_processes", "8",
    )  # fmt: skip


def test_keys_are_in_the_environment_only(monkeypatch):
    made = words(Wanted(SERVED, judge=Judge("j", "https://judge.example/v1", "JUDGE_API_KEY")))
    assert not [word for word in made.command if "secret" in word] and "secret" not in repr(made)
    assert made.environment["VWI_ENDPOINT_KEY"] == "secret-OPENAI_API_KEY"
    assert made.environment["OPENAI_API_KEY"] == "secret-JUDGE_API_KEY"
    assert made.environment["HF_TOKEN"] == "" and made.environment["HUGGING_FACE_HUB_TOKEN"] == "secret-HF_TOKEN"


def test_no_key_goes_where_it_is_not_needed():
    assert words(Wanted(SERVED)).environment["OPENAI_API_KEY"] == "none"
    assert words(Wanted(ModelUnderTest("x"), judge=Judge())).environment["VWI_ENDPOINT_KEY"] == "none"
    assert judge_of("j", "https://judge.example/v1") == Judge("j", "https://judge.example/v1", "JUDGE_API_KEY")


def test_a_task_of_ours_needs_no_network(tmp_path):
    (tmp_path / "tasks" / "mmmu_val").mkdir(parents=True)
    made = words(Wanted(SERVED), tmp_path)
    assert made.environment["HF_HUB_OFFLINE"] == "1" and "--include_path" in made.command
    assert "HF_HUB_OFFLINE" not in words(Wanted(ModelUnderTest("org/name")), tmp_path).environment


@pytest.mark.parametrize("name", ["a,b", "x={}", 'a"b', "a\nb", "[1]"])
def test_names_that_lmms_eval_would_take_apart(name):
    with pytest.raises(VwiError, match="lmms-eval cannot be told"):
        words(Wanted(ModelUnderTest(name)))


@pytest.mark.parametrize("name", ["", "a b", "a;rm -rf x", "$(id)", "../x", "a,b", "-x", "a\nb", "x" * 101, "é", "a/b"])
def test_no_task_names(name):
    with pytest.raises(VwiError, match="is no task name"):
        checked([name])


def test_tasks():
    with pytest.raises(VwiError, match="no task is named"):
        checked([])
    with pytest.raises(VwiError, match="named twice: a"):
        checked(["a", "b", "a"])
    assert checked([task.name for task in PAPER]) and len(PAPER) == 7
    assert [task.name for task in PAPER if needs_judge(task.name)] == [task.name for task in PAPER if task.needs_judge]
    assert len(parts_of("mathvista_testmini")) == 3 and parts_of("mmvet") == ("mmvet",)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"checkpoint": None}, "name what to evaluate"),
        ({"checkpoint": "x", "endpoint": "http://a/v1", "name": "m"}, "not both"),
        ({"checkpoint": None, "endpoint": "http://a/v1"}, "serves which model"),
    ],
)
def test_models_that_are_none(given, words):
    with pytest.raises(VwiError, match=words):
        model_under_test(**given)
