"""`vwi try`: a page on this machine with a picture, a question, and the model's answer."""

import argparse
import os
import sys
from typing import Any

from PIL import Image

from vwi_lake.errors import VwiError
from vwi_lake.training.answer import Answerer, load_answerer
from vwi_lake.training.images import on_white


def page(answerer: Answerer, name: str) -> Any:
    import gradio

    def ask(picture: Image.Image | None, question: str, most: float) -> str:
        if not question.strip():
            raise gradio.Error("Write a question first.")
        try:
            (answer,) = answerer.answer([(question, [on_white(picture)] if picture else [])], int(most))
        except VwiError as error:
            raise gradio.Error(str(error)) from None
        return answer or "(an empty answer)"

    return gradio.Interface(
        ask,
        [
            gradio.Image(type="pil", image_mode=None, label="Picture (may stay empty)"),
            gradio.Textbox(label="Question", lines=3),
            gradio.Slider(16, 4096, value=512, step=16, label="Tokens of the answer, at most"),
        ],
        gradio.Textbox(label="Answer", lines=6),
        title=name,
        flagging_mode="never",
        api_name="ask",
    )


def main(words: list[str] | None = None) -> int:
    told = argparse.ArgumentParser(prog="vwi try", description=__doc__)
    told.add_argument("checkpoint")
    told.add_argument("--port", type=int)
    told.add_argument("--share", action="store_true")
    asked = told.parse_args(words)
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    try:
        made = page(load_answerer(asked.checkpoint), asked.checkpoint)
    except VwiError as error:
        print(f"vwi: {error}", file=sys.stderr)  # noqa: T201
        return 2
    made.launch(server_name="127.0.0.1", server_port=asked.port, share=asked.share)
    return 0


if __name__ == "__main__":
    sys.exit(main())
