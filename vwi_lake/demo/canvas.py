"""Draw at three times the size and reduce: smooth lines from Pillow, which draws none itself."""

# ruff: noqa: PLR0913, PLR0917 - a pen has as many settings as it has

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import atan2, cos, hypot, pi, sin
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

OVERSAMPLING = 3

INK, GREY, PALE, WHITE = "#22303c", "#8a97a3", "#eef3f8", "#ffffff"
BLUE, RED, GREEN, AMBER, VIOLET = "#2a6fb0", "#c8433a", "#3a8f5c", "#dd9a26", "#7a5aa8"

Point = tuple[float, float]


def ring(cx: float, cy: float, rx: float, ry: float, start: float = 0, end: float = 360, steps: int = 48) -> list[Point]:
    """Points on an ellipse; angles in degrees, counted as on paper: from the right, upwards."""
    angles = [(start + (end - start) * i / steps) * pi / 180 for i in range(steps + 1)]
    return [(cx + rx * cos(a), cy - ry * sin(a)) for a in angles]


# Pillow's built-in font has no Greek and few signs: these are strokes in units of the font size, y upwards from the base line.
GLYPHS: dict[str, tuple[float, list[list[Point]]]] = {
    "θ": (0.56, [ring(0.28, 0.35, 0.20, -0.35), [(0.08, 0.35), (0.48, 0.35)]]),
    "Ω": (0.78, [[(0.08, 0.03), (0.29, 0.03), *ring(0.39, 0.39, 0.28, -0.31, 245, -65), (0.49, 0.03), (0.70, 0.03)]]),
    "Δ": (0.70, [[(0.06, 0.03), (0.35, 0.70), (0.64, 0.03), (0.06, 0.03)]]),
    "−": (0.56, [[(0.08, 0.27), (0.48, 0.27)]]),
    "×": (0.56, [[(0.11, 0.10), (0.45, 0.44)], [(0.11, 0.44), (0.45, 0.10)]]),
    "→": (0.90, [[(0.06, 0.27), (0.82, 0.27)], [(0.62, 0.42), (0.82, 0.27), (0.62, 0.12)]]),
}


class Run(NamedTuple):
    """A stretch of text of one size, lowered or raised."""

    text: str
    scale: float
    shift: float  # of the font size, upwards


def runs(text: str) -> list[Run]:
    """`R_1` and `x^2` put one character lower or higher; a glyph that the font lacks stands alone."""
    found: list[Run] = []
    shift = 0.0
    for char in text:
        if char in "_^" and not shift:
            shift = -0.22 if char == "_" else 0.34
            continue
        run = Run(char, 0.68 if shift else 1.0, shift)
        last = found[-1] if found else None
        if last and last.shift == shift == 0 and not {char, last.text} & GLYPHS.keys():
            found[-1] = Run(last.text + char, 1.0, 0.0)
        else:
            found.append(run)
        shift = 0.0
    return found


@dataclass
class Canvas:
    """A sheet measured in the pixels of the finished picture."""

    width: int
    height: int
    paper: str = WHITE
    image: Image.Image = field(init=False)
    pen: ImageDraw.ImageDraw = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.width * OVERSAMPLING, self.height * OVERSAMPLING), self.paper)
        self.pen = ImageDraw.Draw(self.image)

    def finish(self) -> Image.Image:
        return self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)

    def line(self, points: Sequence[Point], color: str = INK, width: float = 2.5) -> None:
        scaled = [(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points]
        self.pen.line(scaled, fill=color, width=round(width * OVERSAMPLING), joint="curve")
        for x, y in (points[0], points[-1]):
            self.circle((x, y), width / 2, fill=color, outline=None)

    def dashes(self, a: Point, b: Point, color: str = GREY, width: float = 2, dash: float = 8) -> None:
        count = max(1, int(hypot(b[0] - a[0], b[1] - a[1]) / dash / 2))
        for i in range(count):
            start, end = (2 * i) / (2 * count - 1), (2 * i + 1) / (2 * count - 1)
            self.line([(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for t in (start, end)], color, width)

    def polygon(self, points: Sequence[Point], fill: str | None = PALE, outline: str | None = INK, width: float = 2.5) -> None:
        if fill:
            self.pen.polygon([(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points], fill=fill)
        if outline:
            self.line([*points, points[0]], outline, width)

    def circle(self, center: Point, r: float, fill: str | None = WHITE, outline: str | None = INK, width: float = 2.5) -> None:
        corners = [OVERSAMPLING * (c + side) for side in (-r, r) for c in center]
        self.pen.ellipse(corners, fill=fill, outline=outline, width=round(width * OVERSAMPLING) if outline else 0)

    def box(
        self, at: Point, size: Point, fill: str | None = PALE, outline: str | None = INK, *, radius: float = 0, width: float = 2.5
    ) -> None:
        corners = [OVERSAMPLING * c for c in (*at, at[0] + size[0], at[1] + size[1])]
        thick = round(width * OVERSAMPLING) if outline else 0
        self.pen.rounded_rectangle(corners, radius * OVERSAMPLING, fill=fill, outline=outline, width=thick)

    def arrow(self, a: Point, b: Point, color: str = INK, width: float = 3, head: float = 13) -> None:
        angle = atan2(b[1] - a[1], b[0] - a[0])
        neck = (b[0] - 0.8 * head * cos(angle), b[1] - 0.8 * head * sin(angle))
        wings = [(b[0] - head * cos(angle + side), b[1] - head * sin(angle + side)) for side in (0.42, -0.42)]
        self.line([a, neck], color, width)
        self.polygon([b, *wings], fill=color, outline=None)

    def hatch(self, a: Point, b: Point, dx: float = -9, dy: float = 10, step: float = 14) -> None:
        """A fixed wall, floor or ceiling: a line with short slanting strokes on its far side."""
        self.line([a, b])
        count = int(hypot(b[0] - a[0], b[1] - a[1]) / step)
        for i in range(count + 1):
            x, y = a[0] + (b[0] - a[0]) * i / count, a[1] + (b[1] - a[1]) * i / count
            self.line([(x, y), (x + dx, y + dy)], GREY, 1.5)

    def text(self, at: Point, text: str, size: float = 20, color: str = INK, anchor: str = "mm") -> None:
        """Anchors as Pillow's: l, m, r across; m (middle of the capitals) or s (base line) down."""
        parts = runs(text)
        widths = [self._advance(run, size) for run in parts]
        x = at[0] - {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]] * sum(widths)
        base = at[1] + (0.35 * size if anchor[1] == "m" else 0)
        for run, width in zip(parts, widths, strict=True):
            self._run((x, base - run.shift * size), run, size, color)
            x += width

    def _advance(self, run: Run, size: float) -> float:
        if run.text in GLYPHS:
            return GLYPHS[run.text][0] * run.scale * size
        return _font(run.scale * size).getlength(run.text) / OVERSAMPLING

    def _run(self, at: Point, run: Run, size: float, color: str) -> None:
        em = run.scale * size
        if run.text in GLYPHS:
            for stroke in GLYPHS[run.text][1]:
                self.line([(at[0] + x * em, at[1] - y * em) for x, y in stroke], color, 0.08 * em)
        else:
            self.pen.text((at[0] * OVERSAMPLING, at[1] * OVERSAMPLING), run.text, fill=color, font=_font(em), anchor="ls")


def _font(size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size * OVERSAMPLING)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType: its scalable font is missing"
    return font


def zigzag(a: Point, b: Point, teeth: int = 6, height: float = 9) -> list[Point]:
    """A resistor's symbol (IEEE 315) or a spring between two points."""
    length = hypot(b[0] - a[0], b[1] - a[1])
    ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
    points = [a]
    for i in range(2 * teeth):
        along, side = (i + 0.5) / (2 * teeth) * length, height * (-1) ** i
        points.append((a[0] + ux * along - uy * side, a[1] + uy * along + ux * side))
    return [*points, b]
