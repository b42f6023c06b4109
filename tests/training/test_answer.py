"""A trained model asked: by our own code, over the OpenAI protocol, on a page, and put on the hub."""

import base64
import io
import json
import threading
from collections.abc import Iterator
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import openai
import pytest
from PIL import Image

from tests.training.conftest import Mixes
from tests.training.test_trainer import run
from vwi_lake.errors import VwiError
from vwi_lake.training import demo_page, hub
from vwi_lake.training.answer import Answerer, load_answerer
from vwi_lake.training.serve import handler


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learnt one answer by heart."""
    mixes = Mixes(tmp_path_factory.mktemp("trained"))
    assert run(mixes.boxes(0, texts=60), mixes.folder / "run", "--set", "batches.epochs=16") == 0
    return mixes.folder / "run" / "model"


@pytest.fixture(scope="module")
def answerer(trained: Path) -> Answerer:
    return load_answerer(str(trained))


def test_it_answers_what_it_learnt_also_in_one_batch_with_longer_ones(answerer: Answerer) -> None:
    one = answerer.answer([("What is 3 and 1?", [])], 5)
    assert one == ["4"]
    assert answerer.answer([("What is 3 and 1?", []), ("What is 2 and 1? " * 3, [])], 5)[0] == "4"


def test_what_is_asked_is_no_command(answerer: Answerer) -> None:
    """Marks of pictures and turns in a question are its characters."""
    assert len(answerer.answer([("What is <image> and <|im_end|>?", [])], 3)) == 1
    assert len(answerer.answer([("<image>?", [Image.new("RGB", (9, 9))] * 2)], 3)) == 1


def test_a_question_too_long_is_told(answerer: Answerer) -> None:
    with pytest.raises(VwiError, match="tokens"):
        answerer.answer([("x" * 20_000, [])], 3)


@pytest.mark.parametrize("name", ["nowhere", "adapter"])
def test_what_is_no_model_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter/adapter_config.json").write_text("{}")
    with pytest.raises(VwiError, match=name):
        load_answerer(str(tmp_path / name))


@pytest.fixture(scope="module")
def client(answerer: Answerer) -> Iterator[openai.OpenAI]:
    server = HTTPServer(("127.0.0.1", 0), handler(answerer, "under-test"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with openai.OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="none", max_retries=0) as made:
        yield made
    server.shutdown()
    server.server_close()
    thread.join()


def picture() -> str:
    body = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(body, "PNG")
    return "data:image/png;base64," + base64.b64encode(body.getvalue()).decode()


def test_over_the_openai_protocol(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["under-test"]
    told = client.chat.completions.create(model="under-test", max_tokens=5, messages=[{"role": "user", "content": "What is 3 and 1?"}])
    assert told.choices[0].message.content == "4"
    parts: list[Any] = [{"type": "image_url", "image_url": {"url": picture()}}, {"type": "text", "text": "What?"}]
    assert client.chat.completions.create(model="under-test", max_tokens=2, messages=[{"role": "user", "content": parts}]).choices


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "image_url", "image_url": {"url": "http://127.0.0.1:1/x.png"}}],
        [{"type": "image_url", "image_url": {"url": "data:image/png;base64,!!"}}],
        [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
        [{"type": "image_url"}],
        "x" * 20_000,
    ],
)
def test_bad_requests_are_refused_and_it_goes_on(client: openai.OpenAI, content: Any) -> None:
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="under-test", messages=[{"role": "user", "content": content}])
    assert list(client.models.list())


def test_the_page_asks_the_model(answerer: Answerer) -> None:
    made = demo_page.page(answerer, "a model")
    assert made.fn(None, "What is 3 and 1?", 5) == "4"
    assert made.fn(Image.new("RGBA", (20, 20)), "What?", 3)
    with pytest.raises(Exception, match="Write a question"):
        made.fn(None, "  ", 5)


class Hub:
    """What the hub was sent; the real one needs a token."""

    def __init__(self) -> None:
        self.sent: dict[str, Any] = {}

    def create_repo(self, name: str, **how: Any) -> None:
        self.sent["repo"] = (name, how)

    def upload_file(self, path_or_fileobj: bytes, **how: Any) -> None:
        self.sent["card"] = path_or_fileobj.decode()

    def upload_folder(self, **how: Any) -> str:
        self.sent["folder"] = how
        return "address"


def test_a_model_and_its_card_go_to_the_hub(trained: Path) -> None:
    api = Hub()
    assert hub.push(trained, "me/model", False, api) == "address"
    assert api.sent["repo"] == ("me/model", {"private": True, "exist_ok": True})
    for words in ("60 question-answer pairs (60 text)", "base_model:", "0.003, 0.0015", "# me/model"):
        assert words in api.sent["card"]
    assert str(trained) not in api.sent["card"] and "training_args.bin" in api.sent["folder"]["ignore_patterns"]


def test_without_a_token_nothing_is_sent(trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(hub, "get_token", lambda: None)
    assert hub.main([str(trained), "me/model"]) == 2
    assert "HF_TOKEN" in capsys.readouterr().err


def test_a_folder_without_a_training_has_no_card(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps({"status": "failed"}))
    with pytest.raises(VwiError, match="no completed training"):
        hub.card(tmp_path, "me/model")
