"""Pictures of samples as the model is shown them."""

import warnings
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

FORMATS = ["PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP"]
MAX_PIXELS = 50_000_000  # a picture of more is taken for a decompression bomb

UNREADABLE = (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def read_image(source: Path | bytes) -> Image.Image:
    """The whole picture in RGB, transparent ground white. Raises one of UNREADABLE."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError(f"{image.width} × {image.height} pixels")
            image.load()
            return on_white(image)


def on_white(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")
