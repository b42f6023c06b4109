"""Diagrams as courses print them, each drawn from a seed: other shapes, other numbers, other places."""

import math
import random
from collections.abc import Callable

from PIL import Image

from vwi_lake.demo.canvas import AMBER, BLUE, GREEN, GREY, INK, PALE, RED, VIOLET, Canvas, Point, ring, zigzag

COLORS = [BLUE, RED, GREEN, AMBER, VIOLET, INK]
TINTS = ["#e4f1e8", "#cfe0f2", "#f7d9c4", "#fbe7c6", "#e6dcf3", PALE]
PAPERS = ["#ffffff"] * 6 + ["#fdfcf8", "#fbfbfd", "#eef3f8"]


def draw(seed: int) -> Image.Image:
    """One of the kinds in turn; the same seed draws the same picture."""
    chance = random.Random(seed)
    sheet = Canvas(chance.randint(300, 640), chance.randint(220, 480), paper=chance.choice(PAPERS))
    KINDS[seed % len(KINDS)](sheet, chance)
    return sheet.finish()


def spot(sheet: Canvas, chance: random.Random, edge: float = 0.08) -> Point:
    return chance.uniform(edge, 1 - edge) * sheet.width, chance.uniform(edge, 1 - edge) * sheet.height


def polygon(sheet: Canvas, chance: random.Random) -> None:
    cx, cy = sheet.width / 2, sheet.height / 2
    angles = sorted(chance.uniform(0, 2 * math.pi) for _ in range(chance.randint(3, 6)))
    corners = [(cx + 0.42 * sheet.width * math.cos(a) * chance.uniform(0.6, 1), cy + 0.4 * sheet.height * math.sin(a)) for a in angles]
    sheet.polygon(corners, chance.choice([*TINTS, None]), chance.choice(COLORS), 3)
    for (x, y), (u, v), name in zip(corners, [*corners[1:], corners[0]], "ABCDEF", strict=False):
        sheet.text((x + 12, y - 12), name, 22)
        sheet.text(((x + u) / 2, (y + v) / 2 + 14), f"{chance.randint(2, 99)} cm", 18, chance.choice(COLORS))


def circles(sheet: Canvas, chance: random.Random) -> None:
    for _ in range(chance.randint(2, 4)):
        (x, y), r = spot(sheet, chance, 0.25), chance.uniform(0.1, 0.24) * sheet.height
        sheet.circle((x, y), r, chance.choice([*TINTS, None]), chance.choice(COLORS), 3)
        angle = chance.uniform(0, 2 * math.pi)
        sheet.line([(x, y), (x + r * math.cos(angle), y + r * math.sin(angle))], INK, 2)
        sheet.text((x + 8, y - 12), f"r = {chance.randint(1, 30)}", 17)
    sheet.line([spot(sheet, chance), spot(sheet, chance)], chance.choice(COLORS), 2)


def plot(sheet: Canvas, chance: random.Random) -> None:
    x0, y0 = chance.uniform(0.1, 0.5) * sheet.width, chance.uniform(0.5, 0.9) * sheet.height
    unit = chance.uniform(22, 48)
    for i in range(-12, 13):
        sheet.line([(x0 + i * unit, 10), (x0 + i * unit, sheet.height - 10)], "#dbe3ea", 1.2)
        sheet.line([(10, y0 + i * unit), (sheet.width - 10, y0 + i * unit)], "#dbe3ea", 1.2)
    sheet.arrow((10, y0), (sheet.width - 10, y0))
    sheet.arrow((x0, sheet.height - 10), (x0, 10))
    a, b, c, d = (chance.uniform(-2, 2) for _ in range(4))
    shape: Callable[[float], float] = chance.choice(
        [
            lambda t: a * t + b,
            lambda t: 0.4 * a * t * t + b * t + c,
            lambda t: 2 * a * math.sin((1 + abs(b)) * t + c),
            lambda t: a * math.exp(0.4 * b * t) + d,
        ]
    )
    points = [((x - x0) / unit, x) for x in range(12, sheet.width - 12, 3)]
    inside = [(x, y0 - shape(t) * unit) for t, x in points if 8 < y0 - shape(t) * unit < sheet.height - 8]
    if len(inside) > 1:
        sheet.line(inside, chance.choice(COLORS), 4)
    for i in chance.sample(range(-4, 9), 5):
        sheet.text((x0 + i * unit, y0 + 14), str(i), 15)


def bars(sheet: Canvas, chance: random.Random) -> None:
    n, color = chance.randint(3, 9), chance.choice(COLORS)
    step = (sheet.width - 80) / n
    for i in range(n):
        tall = chance.uniform(0.05, 0.85) * (sheet.height - 60)
        sheet.box((60 + i * step, sheet.height - 40 - tall), (step * 0.7, tall), chance.choice([color, chance.choice(TINTS)]), INK, width=2)
        sheet.text((60 + (i + 0.35) * step, sheet.height - 22), chance.choice("ABCDEFGHKLMNPQRSTUVXYZ"), 18)
    sheet.arrow((50, sheet.height - 40), (50, 14))
    sheet.arrow((50, sheet.height - 40), (sheet.width - 10, sheet.height - 40))


def circuit(sheet: Canvas, chance: random.Random) -> None:
    columns = chance.randint(2, 4)
    xs = sorted([40, sheet.width - 40, *(chance.uniform(0.2, 0.8) * sheet.width for _ in range(columns - 2))])
    top, bottom = 40.0, sheet.height - 40.0
    for at in (top, bottom):
        _part(sheet, chance, (xs[0], at), (xs[-1], at))
    for x in xs:
        _part(sheet, chance, (x, top), (x, bottom))


def _part(sheet: Canvas, chance: random.Random, a: Point, b: Point) -> None:
    start = chance.uniform(0.2, 0.5)
    one, two = ((a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for t in (start, start + 0.25))
    sheet.line([a, one])
    sheet.line([two, b])
    middle = ((one[0] + two[0]) / 2, (one[1] + two[1]) / 2)
    kind = chance.randint(0, 3)
    if kind == 0:
        sheet.line(zigzag(one, two, chance.randint(3, 6)))
    elif kind == 1:
        sheet.line([one, two], INK, 2.5)
        sheet.circle(middle, 18, "#ffffff")
        sheet.text(middle, chance.choice("AVGM"), 18)
    elif kind == 2:
        sheet.line([one, two])
        sheet.box((middle[0] - 16, middle[1] - 16), (32, 32), chance.choice(TINTS))
    else:
        sheet.line([one, (two[0] - 14, two[1] - 14)])
    sheet.text(
        (middle[0] + 30, middle[1] + 24),
        f"{chance.choice('RCLUI')}_{chance.randint(1, 9)} = {chance.randint(1, 99)}",
        17,
        chance.choice([INK, RED, BLUE]),
    )


def forces(sheet: Canvas, chance: random.Random) -> None:
    w, h, slope = sheet.width, sheet.height, chance.uniform(-0.5, 0.5)
    floor = [(20.0, h * (0.75 + slope / 3)), (w - 20.0, h * (0.75 - slope / 3))]
    sheet.hatch(floor[0], floor[1])
    x, y = w * chance.uniform(0.3, 0.7), h * chance.uniform(0.4, 0.55)
    side = chance.uniform(40, 90)
    sheet.box((x - side / 2, y - side / 2), (side, side * chance.uniform(0.5, 1)), chance.choice(TINTS))
    for number in range(chance.randint(2, 4)):
        angle, length, color = chance.uniform(0, 2 * math.pi), chance.uniform(60, 140), chance.choice(COLORS)
        tip = (x + length * math.cos(angle), y + length * math.sin(angle))
        sheet.arrow((x, y), tip, color)
        sheet.text((tip[0] + 10, tip[1] - 10), f"F_{number + 1}", 20, color)
    sheet.text((x, y), f"{chance.randint(1, 90)} kg", 17)


def tree(sheet: Canvas, chance: random.Random) -> None:
    def grow(x: float, y: float, reach: float, depth: int) -> None:
        for side in (-1, 1):
            if depth and chance.random() < 0.85:
                child = (x + side * reach, y + sheet.height * 0.22)
                sheet.line([(x, y), child], GREY, 3)
                grow(*child, reach / 2, depth - 1)
        sheet.circle((x, y), 17, tint, color)
        sheet.text((x, y), str(chance.randint(1, 99)), 16)

    tint, color = chance.choice(TINTS), chance.choice(COLORS)
    grow(sheet.width * chance.uniform(0.4, 0.6), 30, sheet.width * 0.23, 3)


def table(sheet: Canvas, chance: random.Random) -> None:
    rows, columns = chance.randint(3, 7), chance.randint(2, 6)
    wide, tall = (sheet.width - 30) / columns, (sheet.height - 30) / rows
    for r in range(rows):
        for c in range(columns):
            fill = chance.choice(TINTS) if r == 0 else None
            sheet.box((15 + c * wide, 15 + r * tall), (wide, tall), fill, INK, width=1.5)
            words = chance.choice(["yes", "no", "mass", "time", "x", "y", "f(x)", "sum", "log"])
            sheet.text(
                (15 + (c + 0.5) * wide, 15 + (r + 0.5) * tall),
                words if r == 0 or chance.random() < 0.2 else str(chance.randint(0, 999)),
                18,
            )


def network(sheet: Canvas, chance: random.Random) -> None:
    places = [spot(sheet, chance, 0.1) for _ in range(chance.randint(5, 9))]
    for one in places:
        for other in chance.sample(places, 2):
            sheet.line([one, other], chance.choice([GREY, BLUE]), 3)
            sheet.text(((one[0] + other[0]) / 2, (one[1] + other[1]) / 2 - 8), str(chance.randint(1, 40)), 16, RED)
    tint = chance.choice(TINTS)
    for i, at in enumerate(places):
        sheet.circle(at, 18, tint, VIOLET)
        sheet.text(at, chr(65 + i), 18)


def molecule(sheet: Canvas, chance: random.Random) -> None:
    cx, cy, r = sheet.width * chance.uniform(0.35, 0.65), sheet.height * chance.uniform(0.4, 0.6), sheet.height * chance.uniform(0.15, 0.24)
    turn, sides = chance.uniform(0, 60), chance.choice([5, 6, 6])
    corners = ring(cx, cy, r, r, turn, turn + 360, sides)
    sheet.line(corners, INK, 3)
    for i in chance.sample(range(sides), chance.randint(1, 4)):
        x, y = corners[i]
        end = (cx + (x - cx) * 1.6, cy + (y - cy) * 1.6)
        sheet.line([(x, y), end], INK, 3)
        sheet.text(
            (cx + (x - cx) * 1.8, cy + (y - cy) * 1.8), chance.choice(["OH", "CH_3", "NH_2", "Cl", "Br", "COOH"]), 20, chance.choice(COLORS)
        )
        if chance.random() < 0.5:
            u, v = corners[i + 1]
            sheet.line([(cx + (x - cx) * 0.8, cy + (y - cy) * 0.8), (cx + (u - cx) * 0.8, cy + (v - cy) * 0.8)], INK, 3)


def optics(sheet: Canvas, chance: random.Random) -> None:
    axis = sheet.height / 2
    sheet.dashes((10, axis), (sheet.width - 10, axis))
    for _ in range(chance.randint(1, 2)):
        lens = sheet.width * chance.uniform(0.3, 0.7)
        sheet.polygon(ring(lens, axis, chance.uniform(6, 22), sheet.height * chance.uniform(0.2, 0.4)), chance.choice(TINTS), BLUE)
    for _ in range(chance.randint(2, 4)):
        start = (sheet.width * chance.uniform(0.02, 0.15), sheet.height * chance.uniform(0.1, 0.9))
        sheet.line(
            [start, (lens, sheet.height * chance.uniform(0.25, 0.75)), (sheet.width * 0.95, sheet.height * chance.uniform(0.1, 0.9))],
            chance.choice(COLORS),
            2.5,
        )
    sheet.text((lens, 18), f"f = {chance.randint(2, 60)} cm", 18)


def pie(sheet: Canvas, chance: random.Random) -> None:
    cx, cy, r = sheet.width * chance.uniform(0.35, 0.6), sheet.height / 2, sheet.height * chance.uniform(0.28, 0.42)
    cuts = sorted(chance.uniform(0, 360) for _ in range(chance.randint(3, 6)))
    for a, b in zip(cuts, [*cuts[1:], cuts[0] + 360], strict=True):
        sheet.polygon([(cx, cy), *ring(cx, cy, r, r, a, b)], chance.choice([*TINTS, *COLORS[:5]]), INK)
        middle = math.radians((a + b) / 2)
        sheet.text((cx + 1.2 * r * math.cos(middle), cy - 1.12 * r * math.sin(middle)), f"{(b - a) / 3.6:.0f} %", 17)


KINDS = (polygon, circles, plot, bars, circuit, forces, tree, table, network, molecule, optics, pie)
