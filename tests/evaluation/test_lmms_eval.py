"""lmms-eval 0.7.3, really run, against a scripted model on loopback whose answers are known."""

import base64
import hashlib
import json

import pytest
from PIL import Image

from tests.providers.openai_server import RESET, OpenAiServer, text
from vwi_lake.errors import VwiError
from vwi_lake.evaluation.command import Endpoint, ModelUnderTest, Wanted
from vwi_lake.evaluation.evaluate import evaluate
from vwi_lake.evaluation.local_scoring import on_white
from vwi_lake.lake import Lake
from vwi_lake.providers.local_runner import LocalRunner
from vwi_lake.records import BRONZE
from vwi_lake.settings import LakeSettings

pytestmark = pytest.mark.train
N = 12


@pytest.fixture
def lake(tmp_path, train_python, monkeypatch):
    monkeypatch.setenv("VWI_TRAIN_PYTHON", str(train_python))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-endpoint")
    opened = Lake.open(LakeSettings(path=str(tmp_path / "lake")), records=BRONZE)
    yield opened
    opened.close()


@pytest.fixture
def benchmark(tmp_path):
    """Questions about grey squares, the last without a picture."""
    folder = tmp_path / "squares"
    folder.mkdir()
    items = {}
    for n in range(N):
        items[str(n)] = {"question": f"How many dots are in square {n}?", "answer": str(n), "answer_type": "int", "subject": f"s{n % 2}"}
        if n < N - 1:
            Image.new("L", (8, 8), n).save(folder / f"{n}.png")
            items[str(n)]["image"] = f"{n}.png"
    (folder / "dataset.json").write_text(json.dumps(items))
    return folder


def asked(server, benchmark, **more):
    endpoint = Endpoint(server.url, "scripted", in_flight=1, retries=1)
    return Wanted(ModelUnderTest(endpoint=endpoint), files={"squares": benchmark}, **more)


def question_of(request):
    return next(part["text"] for part in request["messages"][-1]["content"] if part["type"] == "text")


def number_in(request):
    return int(question_of(request).split("square ")[1].split("?")[0])


def run(lake, wanted, tmp_path):
    return evaluate(lake, wanted, LocalRunner(), tmp_path / "lake" / "evaluations")


def test_the_score_is_the_known_one(lake, benchmark, tmp_path):
    """Every third answer is wrong: 8 of 12 right. Keys stay out of logs, and what was read back is tidied away."""
    with OpenAiServer(lambda request: f"Answer: {number_in(request) + (number_in(request) % 3 == 0)}") as server:
        run_id = run(lake, asked(server, benchmark), tmp_path)
        assert len(server.requests) == N and set(server.keys) == {"Bearer sk-of-the-endpoint"}
        pictures = [part for request in server.requests for part in request["messages"][-1]["content"] if part["type"] == "image_url"]
        assert len(pictures) == N - 1
    whole = lake.query("select metric, value, n from gold.eval_results where run_id = $1 and part is null", [run_id]).rows()
    assert whole == [("accuracy", 8 / 12, 12)]
    samples = lake.query("select doc_id, score, is_visual, subject from bronze.eval_samples order by doc_id::int").rows()
    assert samples == [(str(n), float(n % 3 != 0), n < N - 1, f"s{n % 2}") for n in range(N)]
    place = tmp_path / "lake" / "evaluations" / run_id / "squares"
    assert [p.name for p in place.iterdir()] == ["log.txt"]
    assert "sk-of-the-endpoint" not in (place / "log.txt").read_text()


def test_an_endpoint_that_dies_gives_no_score_and_what_it_answered_is_not_asked_again(lake, benchmark, tmp_path):
    with OpenAiServer(lambda request: f"Answer: {number_in(request)}") as server:
        wanted = asked(server, benchmark)
        server.script += [text("Answer: 0")] * 5 + [RESET] * 100
        with pytest.raises(VwiError, match="squares: no reply to document"):
            run(lake, wanted, tmp_path)
        assert lake.query("select * from bronze.eval_samples").is_empty() and lake.query("select * from gold.eval_results").is_empty()
        assert lake.query("select status from bronze.eval_runs order by asked_at")["status"].to_list() == ["started", "failed"]
        server.script.clear()
        before = len(server.requests)
        run(lake, wanted, tmp_path)
        assert len(server.requests) - before == N - 5


@pytest.mark.shared
@pytest.mark.slow
def test_dynamath_from_files(lake, shared, tmp_path):
    """501 questions, told apart by words and picture; every fourth answer is wrong."""
    folder = shared / "benchmarks" / "dynamath"
    items = json.loads((folder / "dataset.json").read_text())
    answers = {(item["question"].strip(), pixels((folder / item["image"]).read_bytes())): item["answer"] for item in items.values()}
    assert len(answers) == len(items) == 501
    wrong = set(sorted(answers)[::4])

    def reply(request):
        url = next(part["image_url"]["url"] for part in request["messages"][-1]["content"] if part["type"] == "image_url")
        seen = (question_of(request).partition("\n\nPlease conclude")[0], pixels(base64.b64decode(url.partition(",")[2])))
        return "Answer: none of these" if seen in wrong else f"Therefore.\n\nAnswer: {answers[seen]}"

    with OpenAiServer(reply) as server:
        run_id = run(lake, Wanted(ModelUnderTest(endpoint=Endpoint(server.url, "scripted")), files={"dynamath": folder}), tmp_path)
    value, n = lake.query("select value, n from gold.eval_results where run_id = $1 and part is null", [run_id]).row(0)
    assert n == 501 and value == (501 - len(wrong)) / 501
    print(lake.query("select part, value, ci_low, ci_high, n from gold.eval_results where run_id = $1", [run_id]))


def pixels(data):
    return hashlib.sha256(on_white(data).tobytes()).hexdigest()
