"""An image as a model is sent it: no larger than wanted, on white ground, bright enough, in a format that all servers read."""

import base64
import io

from PIL import Image, ImageEnhance

_SENT_AS_IT_IS = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp"}
_READ = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP")
_DARK, _MOSTLY = 50, 0.9  # grey below it; share of pixels: VisualWebInstruct's qa_postprocessing.py, as is the factor
_BRIGHTEN = 2.0


def data_url(data: bytes, longest_side: int) -> str:
    """The bytes themselves where they will do."""
    with Image.open(io.BytesIO(data), formats=_READ) as image:
        plain = image.mode in ("RGB", "L") and "transparency" not in image.info
        if plain and image.format in _SENT_AS_IT_IS and max(image.size) <= longest_side and not _is_dark(image):
            return _url(data, _SENT_AS_IT_IS[image.format])
        return _url(*_drawn(image, longest_side))


def _drawn(image: Image.Image, longest_side: int) -> tuple[bytes, str]:
    """Drawings stay PNG, photographs JPEG."""
    kind = "JPEG" if image.format == "JPEG" else "PNG"
    shown = _brightened(_on_white(image))
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


def _is_dark(image: Image.Image) -> bool:
    grey = image.convert("L").histogram()
    return sum(grey[:_DARK]) > _MOSTLY * sum(grey)


def _brightened(image: Image.Image) -> Image.Image:
    """A picture that is nearly black, brighter and with more contrast; its colours stay."""
    if not _is_dark(image):
        return image
    return ImageEnhance.Contrast(ImageEnhance.Brightness(image).enhance(_BRIGHTEN)).enhance(_BRIGHTEN)


def _url(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
