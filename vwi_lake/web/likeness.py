"""A closer look than a perceptual hash: is it the same picture, or the same drawing with another number in it?"""

import numpy as np
from PIL import Image

from vwi_lake.web.images import on_white

TILES = 48  # a side: a digit of a diagram covers a good part of a tile (docs/log.md has the figures)


def grey_tiles(image: Image.Image) -> list[int]:
    """Mean grey of TILES × TILES parts, row by row. Recompression changes a tile by a few of 255, another digit by many."""
    flat = on_white(image, image.size)
    return np.asarray(flat.resize((TILES, TILES), Image.Resampling.BOX)).ravel().tolist()
