"""What the LLM stages share: a question with its images as a chat message, and why they may have to stay idle."""

import base64
from typing import Any

from vwi_lake.stage import Row
from vwi_lake.world import World

NO_ENDPOINT = (
    "no LLM endpoint, so rules alone check the pairs and the page's own solution is the answer; pairs without one wait in silver.qa_pairs. "
    "To switch it on, set OPENAI_API_KEY (or OPENAI_BASE_URL for a local server) and run again"
)


def no_endpoint(world: World) -> str | None:
    return None if world.llm else NO_ENDPOINT


def with_images(text: str, images: list[Row], world: World) -> list[dict[str, Any]]:
    """One user message: the text, then the images (rows with sha256 and format) as data: URLs in their order."""
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}]
    for image in images:
        data = base64.b64encode(world.blobs.get(image["sha256"])).decode()
        parts.append({"type": "image_url", "image_url": {"url": f"data:image/{image['format']};base64,{data}"}})
    return [{"role": "user", "content": parts if images else text}]
