"""Google Cloud Vision finds images on the web: https://cloud.google.com/vision/docs/reference/rest/v1/images/annotate."""

import base64

import httpx

from vwi_lake.providers import Hit, SeedImage
from vwi_lake.providers.engines import Engine, Json, Wanted, by_status, items, text_of

# google.rpc.Code (https://cloud.google.com/vision/docs/reference/rest/Shared.Types/Status), as stands in a reply about one image
_CODES = {3: "bad_image", 5: "bad_image", 7: "unauthorized", 8: "rate_limited", 16: "unauthorized"}


def request(seed: SeedImage, wanted: Wanted, base_url: str, key: str) -> httpx.Request:
    asked = {
        "image": {"content": base64.b64encode(seed.data).decode()},
        "features": [{"type": "WEB_DETECTION", "maxResults": wanted.max_results}],
    }
    headers = {"X-Goog-Api-Key": key, "Accept-Encoding": "gzip"}
    return httpx.Request("POST", f"{base_url}/v1/images:annotate", json={"requests": [asked]}, headers=headers)


def following(reply: Json, before: httpx.Request) -> httpx.Request | None:
    return None  # one reply holds all


def judge(status: int, reply: Json | None) -> str | None:
    """Errors stand beside a 4xx, or in a 200 beside the image they are about."""
    whole = (reply or {}).get("error")
    said = str(whole.get("message", "")).lower() if isinstance(whole, dict) else ""
    if status == 400:
        return "unauthorized" if "api key" in said else "bad_image" if "image" in said else "bad_request"
    if status == 429 and ("per day" in said or "per month" in said or "billing" in said):
        return "quota_gone"
    if error := by_status(status):
        return error
    if reply is None or not items(reply.get("responses")):
        return "malformed"
    one = items(reply["responses"])[0].get("error")
    return _CODES.get(one.get("code", 2), "server_error") if isinstance(one, dict) and one else None


def read(reply: Json) -> list[Hit]:
    """Pages with the image first, whole before in parts; an image that resembles it comes without a page and stands for itself."""
    answered = items(reply.get("responses"))
    detected = answered[0].get("webDetection") if answered else None
    if not isinstance(detected, dict):
        return []
    pages = [(text_of(page.get("url")), *_image_of(page)) for page in items(detected.get("pagesWithMatchingImages"))]
    similar = [(text_of(image.get("url")), text_of(image.get("url")), 0.5) for image in items(detected.get("visuallySimilarImages"))]
    found = [*sorted(pages, key=lambda p: -p[2]), *similar]
    return [Hit(rank, page, image, score) for rank, (page, image, score) in enumerate(((p, i, s) for p, i, s in found if p), 1)]


def _image_of(page: Json) -> tuple[str | None, float]:
    for kind, score in (("fullMatchingImages", 1.0), ("partialMatchingImages", 0.75)):
        for image in items(page.get(kind)):
            return text_of(image.get("url")), score
    return None, 0.75


ENGINE = Engine(
    name="google_vision",
    key_name="GOOGLE_API_KEY",
    base_name="GOOGLE_VISION_BASE_URL",
    base_url="https://vision.googleapis.com",
    price_usd=0.0035,  # 3.50 USD for 1,000 images after the first 1,000 of a month (https://cloud.google.com/vision/pricing, 2026)
    parser=1,
    needs_url=False,
    request=request,
    following=following,
    judge=judge,
    read=read,
)
