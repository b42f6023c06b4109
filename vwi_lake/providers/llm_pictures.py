"""An image as a model is sent it: no larger than wanted, on white ground, in a format that all servers read."""

import base64
import io

from PIL import Image

_SENT_AS_IT_IS = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp"}
_READ = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP")


def data_url(data: bytes, longest_side: int) -> str:
    """The bytes themselves where they will do."""
    with Image.open(io.BytesIO(data), formats=_READ) as image:
        plain = image.mode in ("RGB", "L") and "transparency" not in image.info
        if plain and image.format in _SENT_AS_IT_IS and max(image.size) <= longest_side:
            return _url(data, _SENT_AS_IT_IS[image.format])
        return _url(*_drawn(image, longest_side))


def _drawn(image: Image.Image, longest_side: int) -> tuple[bytes, str]:
    """Drawings stay PNG, photographs JPEG."""
    kind = "JPEG" if image.format == "JPEG" else "PNG"
    shown = _on_white(image)
    shown.thumbnail((longest_side, longest_side))
    out = io.BytesIO()
    shown.save(out, kind)
    return out.getvalue(), kind.lower()


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGB", "L") and "transparency" not in image.info:
        return image.copy()
    with_alpha = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return ground


def _url(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
