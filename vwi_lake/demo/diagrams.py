"""The demo web's diagrams of mathematics, chemistry, biology and computer science, and a few pictures beside the matter."""

from math import cos, exp, hypot, pi, sin

from PIL import Image

from vwi_lake.demo.canvas import AMBER, BLUE, GREEN, GREY, INK, PALE, RED, VIOLET, WHITE, Canvas, Point, ring


def triangle() -> Image.Image:
    """Right triangle with legs of 9 cm and 12 cm."""
    sheet = Canvas(530, 400)
    a, b, c = (60.0, 330.0), (440.0, 330.0), (440.0, 45.0)
    sheet.polygon([a, b, c], fill="#e4f1e8", outline=GREEN, width=4)
    sheet.line([(414, 330), (414, 304), (440, 304)], GREEN, 2.5)
    sheet.text((250, 356), "12 cm", 24)
    sheet.text((452, 190), "9 cm", 24, INK, "lm")
    sheet.text((228, 168), "c", 26, RED)
    for at, name in (((40, 342), "A"), ((458, 342), "B"), ((450, 26), "C")):
        sheet.text(at, name, 24, GREEN)
    sheet.line(ring(*a, 62, 62, 0, 36.9), INK, 2)
    sheet.text((142, 306), "θ", 24)
    return sheet.finish()


def venn() -> Image.Image:
    """30 pupils: 13 play only football, 7 only tennis, 5 both, 5 neither."""
    sheet = Canvas(540, 380)
    sheet.box((20, 20), (500, 340), fill="#fbfaf5", radius=8)
    football, tennis, r = (210.0, 205.0), (335.0, 205.0), 118.0
    sheet.circle(football, r, fill="#cfe0f2", outline=None)
    sheet.circle(tennis, r, fill="#f7d9c4", outline=None)
    half = (tennis[0] - football[0]) / 2
    opening = 58.0  # degrees: acos(half / r)
    sheet.polygon([*ring(*football, r, r, -opening, opening), *ring(*tennis, r, r, 180 - opening, 180 + opening)], "#d6c6d8", None)
    sheet.circle(football, r, fill=None, outline=BLUE, width=3)
    sheet.circle(tennis, r, fill=None, outline=RED, width=3)
    for x, count in ((football[0] - half, "13"), (football[0] + half, "5"), (tennis[0] + half, "7")):
        sheet.text((x, 205), count, 32)
    sheet.text((482, 326), "5", 32)
    sheet.text((160, 66), "Football", 22, BLUE)
    sheet.text((388, 66), "Tennis", 22, RED)
    return sheet.finish()


def parabola() -> Image.Image:
    """The graph of y = x² − 4x + 3."""
    sheet = Canvas(460, 460)
    unit, x0, y0 = 56, 130, 316
    for i in range(-2, 6):
        sheet.line([(x0 + i * unit, 30), (x0 + i * unit, 440)], "#dbe3ea", 1.2)
        if i and i > -2:
            aside = {1: -12, 3: 12}.get(i, 0)  # clear of the curve
            sheet.text((x0 + i * unit + aside, y0 + 18), str(i).replace("-", "−"), 18)
    for j in range(-2, 6):
        sheet.line([(18, y0 - j * unit), (440, y0 - j * unit)], "#dbe3ea", 1.2)
        if j and j < 5:
            x, anchor = (x0 + 12, "lm") if j == 4 else (x0 - 12, "rm")
            sheet.text((x, y0 - j * unit), str(j).replace("-", "−"), 18, INK, anchor)
    sheet.arrow((18, y0), (448, y0))
    sheet.arrow((x0, 444), (x0, 18))
    xs = [-0.42 + i * 0.0484 for i in range(101)]
    sheet.line([(x0 + x * unit, y0 - (x * x - 4 * x + 3) * unit) for x in xs], RED, 4)
    for x in (1, 3):
        sheet.circle((x0 + x * unit, y0), 6, fill=RED, outline=WHITE)
    sheet.circle((x0 + 2 * unit, y0 + unit), 6, fill=BLUE, outline=WHITE)
    sheet.text((x0 + 18, 26), "y", 22)
    sheet.text((440, y0 - 18), "x", 22)
    return sheet.finish()


def semicircle() -> Image.Image:
    """A half disc 10 cm across; small, for a data: URI."""
    sheet = Canvas(240, 150)
    sheet.polygon(ring(120, 112, 96, 96, 0, 180), fill="#fbe7c6", outline=AMBER)
    sheet.text((120, 130), "10 cm", 18)
    return sheet.finish()


def titration() -> Image.Image:
    """25 mL of 0.100 M acetic acid (pKa 4.76) with 0.100 M NaOH: half way at 12.5 mL, equivalent at 25 mL and pH 8.7."""
    sheet = Canvas(620, 430)
    x0, y0, dx, dy = 80.0, 370.0, 10.0, 24.0
    for ph in range(0, 15, 2):
        sheet.line([(x0, y0 - ph * dy), (x0 + 50 * dx, y0 - ph * dy)], "#dfe6ec", 1.2)
        sheet.text((x0 - 12, y0 - ph * dy), str(ph), 18, INK, "rm")
    for volume in range(0, 51, 10):
        sheet.line([(x0 + volume * dx, y0 - 14 * dy), (x0 + volume * dx, y0)], "#dfe6ec", 1.2)
        sheet.text((x0 + volume * dx, y0 + 20), str(volume), 18)
    sheet.line([(x0 + v * dx, y0 - _ph(v) * dy) for v in (i / 20 for i in range(1001))], VIOLET, 4)
    sheet.dashes((x0 + 25 * dx, y0), (x0 + 25 * dx, y0 - 8.72 * dy), RED)
    sheet.circle((x0 + 25 * dx, y0 - 8.72 * dy), 6, fill=RED, outline=WHITE)
    sheet.text((x0 + 26.5 * dx, y0 - 8.4 * dy), "equivalence point", 19, RED, "lm")
    sheet.dashes((x0 + 12.5 * dx, y0), (x0 + 12.5 * dx, y0 - 4.76 * dy), BLUE)
    sheet.circle((x0 + 12.5 * dx, y0 - 4.76 * dy), 6, fill=BLUE, outline=WHITE)
    sheet.text((x0 + 12.5 * dx, y0 - 5.7 * dy), "half way", 19, BLUE)
    sheet.arrow((x0, y0), (x0, 20))
    sheet.arrow((x0, y0), (600, y0))
    sheet.text((x0 + 24, 22), "pH", 21)
    sheet.text((596, y0 + 44), "NaOH added, mL", 19, INK, "rm")
    return sheet.finish()


def _ph(volume: float) -> float:
    """From the charge balance [Na+] + [H+] = [OH-] + [A-], by halving the interval."""
    total, ka, kw = 25 + volume, 10**-4.76, 1e-14
    sodium, acid = 0.1 * volume / total, 0.1 * 25 / total
    low, high = 0.0, 14.0
    for _ in range(40):
        middle = (low + high) / 2
        h = 10**-middle
        too_basic = sodium + h < kw / h + acid * ka / (ka + h)
        low, high = (low, middle) if too_basic else (middle, high)
    return low


def energy_profile() -> Image.Image:
    """Reactants at 50 kJ/mol, transition state at 130, products at 20."""
    sheet = Canvas(580, 400, paper="#fdfcf8")
    x0, y0, scale = 90.0, 350.0, 2.1
    for level, reach in ((50.0, 250), (130.0, 300), (20.0, 540)):
        sheet.dashes((x0, y0 - level * scale), (x0 + reach - 90, y0 - level * scale))
        sheet.text((x0 - 12, y0 - level * scale), f"{level:.0f}", 19, INK, "rm")

    def height(t: float) -> float:
        hill = exp(-((t - 0.5) ** 2) / 0.018)
        step = 1 / (1 + exp(-(t - 0.5) / 0.04))
        return 50 - 30 * step + (130 - 35) * hill

    sheet.line([(x0 + 30 + 420 * t, y0 - height(t) * scale) for t in (i / 100 for i in range(101))], GREEN, 4)
    sheet.text((x0 + 62, y0 - 64 * scale), "reactants", 19)
    sheet.text((x0 + 240, y0 - 142 * scale), "transition state", 19)
    sheet.text((x0 + 412, y0 - 34 * scale), "products", 19)
    sheet.arrow((x0, y0), (x0, 40))
    sheet.arrow((x0, y0), (560, y0))
    sheet.text((x0 - 40, 22), "energy in kJ/mol", 18, INK, "lm")
    sheet.text((556, y0 + 24), "reaction progress", 18, INK, "rm")
    return sheet.finish()


def cell() -> Image.Image:
    """An animal cell: A nucleus, B mitochondrion, C rough endoplasmic reticulum, D Golgi apparatus, E membrane."""
    sheet = Canvas(660, 470)
    wobble = [(1 + 0.025 * sin(3 * a) + 0.02 * cos(5 * a), a) for a in (2 * pi * i / 120 for i in range(120))]
    outline: list[Point] = [(320 + 255 * r * cos(a), 235 - 195 * r * sin(a)) for r, a in wobble]
    sheet.polygon(outline, fill="#fdeecb", outline="#c98a2b", width=6)
    sheet.circle((300, 235), 82, fill="#c9b7e0", outline=VIOLET, width=4)
    sheet.circle((318, 222), 28, fill="#8b6bb8", outline=None)
    for x, y in ((250, 205), (262, 270), (330, 280), (345, 250)):
        sheet.line(ring(x, y, 11, 6, 20, 320), VIOLET, 2.5)
    for x, y in ((150, 190), (440, 345), (235, 372)):
        sheet.polygon(ring(x, y, 48, 24), fill="#f2a28f", outline=RED, width=3)
        sheet.line([(x - 34 + 6 * i, y + (11 if i % 2 else -11)) for i in range(12)], RED, 2.5)
    for i in range(4):
        bend = ring(302, 235, 104 + 15 * i, 104 + 15 * i, -32 + 4 * i, 34 - 3 * i)
        sheet.line(bend, BLUE, 4)
        for ribosome in bend[4::8]:
            sheet.circle((ribosome[0] + 6, ribosome[1]), 3, fill=INK, outline=None)
    for i in range(4):
        sheet.line(ring(250, 60 + 14 * i, 78 - 11 * i, 20, 210, 330), GREEN, 5)
    for x, y in ((352, 108), (368, 90), (340, 92)):
        sheet.circle((x, y), 7, fill="#b9dcc4", outline=GREEN, width=2)
    for x, y, r in ((480, 160, 15), (185, 290, 18), (395, 400, 12)):
        sheet.circle((x, y), r, fill="#d7ecf7", outline=BLUE, width=2)
    for name, at, target in (
        ("A", (40, 330), (250, 262)),
        ("B", (40, 90), (128, 182)),
        ("C", (622, 240), (440, 240)),
        ("D", (120, 30), (224, 84)),
        ("E", (610, 410), (516, 352)),
    ):
        sheet.line([at, target], INK, 2)
        sheet.circle(at, 19, fill=WHITE, outline=INK, width=2.5)
        sheet.text(at, name, 22)
    return sheet.finish()


def punnett() -> Image.Image:
    """Two heterozygous plants, T (tall) dominant over t."""
    sheet = Canvas(400, 400, paper="#f7fbf4")
    origin, side = 110, 126
    shades = {"TT": "#8fc79a", "Tt": "#b9dfc0", "tt": "#f6efc4"}
    for row, mother in enumerate("Tt"):
        sheet.text((origin - 32, origin + (row + 0.5) * side), mother, 36, RED)
        sheet.text((origin + (row + 0.5) * side, origin - 32), mother, 36, BLUE)
        for column, father in enumerate("Tt"):
            genes = "".join(sorted(mother + father))
            x, y = origin + column * side, origin + row * side
            sheet.box((x, y), (side, side), fill=shades[genes], width=2)
            sheet.text((x + side / 2, y + side / 2), genes, 38)
    sheet.text((origin + side, 32), "pollen", 22, BLUE)
    sheet.text((36, 46), "egg", 22, RED)
    sheet.text((36, 70), "cells", 22, RED)
    return sheet.finish()


def bar_chart() -> Image.Image:
    """Insect species counted in five habitats."""
    sheet = Canvas(600, 400)
    x0, y0, scale = 70, 330, 8
    for count in range(0, 36, 5):
        sheet.line([(x0, y0 - count * scale), (570, y0 - count * scale)], "#dfe6ec", 1.2)
        sheet.text((x0 - 12, y0 - count * scale), str(count), 17, INK, "rm")
    bars = (("meadow", 24, AMBER), ("forest", 31, GREEN), ("field", 9, VIOLET), ("pond", 18, BLUE), ("roadside", 6, GREY))
    for i, (habitat, count, color) in enumerate(bars):
        x = x0 + 24 + i * 98
        sheet.box((x, y0 - count * scale), (62, count * scale), fill=color, outline=None)
        sheet.text((x + 31, y0 + 20), habitat, 18)
    sheet.line([(x0, 40), (x0, y0), (570, y0)])
    sheet.text((x0, 22), "species of insects", 19, INK, "lm")
    sheet.text((570, y0 + 52), "habitat", 18, GREY, "rm")
    return sheet.finish()


def food_web() -> Image.Image:
    """Arrows run from the eaten to the eater."""
    sheet = Canvas(580, 420, paper="#f4f8ef")
    homes = {
        "grass": (290, 370, "#a9d18e"),
        "grasshopper": (130, 265, "#f3d28b"),
        "mouse": (430, 265, "#e7c4a4"),
        "frog": (130, 150, "#9fd3b2"),
        "snake": (450, 150, "#cdb7dd"),
        "hawk": (290, 45, "#f0aea4"),
    }
    eaters = {
        "grass": ("grasshopper", "mouse"), "grasshopper": ("frog", "mouse"),
        "frog": ("snake", "hawk"), "mouse": ("snake", "hawk"), "snake": ("hawk",),
    }  # fmt: skip
    for prey, hunters in eaters.items():
        for hunter in hunters:
            (ax, ay), (bx, by) = homes[prey][:2], homes[hunter][:2]
            length = hypot(bx - ax, by - ay)
            near, far = (22 + 5.5 * len(name) if ay == by else 35 for name in (prey, hunter))  # a box is wider than high
            start, end = ((ax + (bx - ax) * t, ay + (by - ay) * t) for t in (near / length, 1 - far / length))
            sheet.arrow(start, end, GREY, 2.5, 12)
    for name, (x, y, color) in homes.items():
        width = 30 + 11 * len(name)
        sheet.box((x - width / 2, y - 21), (width, 42), fill=color, radius=14)
        sheet.text((x, y), name, 20)
    return sheet.finish()


def binary_tree() -> Image.Image:
    """A search tree of ten keys; lopsided on purpose: hashes of symmetric pictures are unsteady."""
    sheet = Canvas(640, 400)
    nodes = {
        42: (235, 50, None), 23: (115, 135, 42), 61: (395, 125, 42), 11: (48, 235, 23), 35: (190, 235, 23),
        50: (320, 225, 61), 77: (500, 215, 61), 29: (140, 345, 35), 69: (430, 325, 77), 84: (580, 325, 77),
    }  # fmt: skip
    for x, y, parent in nodes.values():
        if parent:
            sheet.line([(x, y), nodes[parent][:2]], INK, 4)
    for key, (x, y, _) in nodes.items():
        sheet.circle((x, y), 31, fill=BLUE if key != 42 else RED, outline=INK, width=3)
        sheet.text((x, y), str(key), 25, WHITE)
    return sheet.finish()


def weighted_graph() -> Image.Image:
    """Six towns; the shortest way from A to F is A-C-B-D-E-F, 13 long."""
    sheet = Canvas(580, 370, paper="#fbfbfd")
    towns = {"A": (60, 185), "B": (190, 75), "C": (190, 295), "D": (380, 75), "E": (380, 295), "F": (520, 185)}
    roads = ["AB4", "AC2", "CB1", "BD5", "CD8", "CE10", "DE2", "DF6", "EF3"]
    for road in roads:
        (ax, ay), (bx, by) = towns[road[0]], towns[road[1]]
        sheet.line([(ax, ay), (bx, by)], "#9fb3c8", 4)
    for road in roads:
        (ax, ay), (bx, by) = towns[road[0]], towns[road[1]]
        x, y = (ax + bx) / 2, (ay + by) / 2
        sheet.circle((x, y), 16, fill="#fbfbfd", outline=None)
        sheet.text((x, y), road[2:], 21, RED)
    for name, at in towns.items():
        sheet.circle(at, 26, fill="#e6dcf3", outline=VIOLET, width=3)
        sheet.text(at, name, 24)
    return sheet.finish()


def campus() -> Image.Image:
    """A photograph's stand-in for pages about people: hills, a house, no question."""
    sheet = Canvas(560, 320, paper="#cfe6f5")
    sheet.circle((460, 70), 34, fill="#fbe29a", outline=None)
    sheet.polygon([(0, 230), *ring(120, 250, 190, 90, 160, 20), (560, 240), (560, 320), (0, 320)], "#a8cf9a", None)
    sheet.polygon([*ring(430, 290, 240, 100, 175, 5), (560, 320), (200, 320)], "#8bbd84", None)
    sheet.box((180, 150), (200, 120), fill="#f4e3cf", outline="#b08a63")
    sheet.polygon([(165, 152), (280, 92), (395, 152)], "#b5563f", "#8d3f2d")
    for x in (205, 245, 305, 345):
        sheet.box((x - 11, 176), (22, 32), fill="#8fb7d6", outline="#b08a63", width=2)
    sheet.box((264, 220), (32, 50), fill="#7a5638", outline=None)
    return sheet.finish()


def sailboat() -> Image.Image:
    """On none of the pages."""
    sheet = Canvas(460, 460, paper="#dff0f8")
    sheet.polygon([(0, 330), (460, 330), (460, 460), (0, 460)], "#5b9cc4", None)
    for row in range(3):
        for i in range(5):
            sheet.line(ring(40 + 98 * i + 30 * (row % 2), 372 + 32 * row, 26, 8, 200, 340), "#bfe0f0", 3)
    sheet.polygon([(110, 312), (350, 312), (305, 368), (150, 368)], "#a3552f", "#6d3417")
    sheet.line([(230, 312), (230, 60)], "#6d3417", 6)
    sheet.polygon([(240, 70), (240, 296), (370, 296)], "#fdf3dc", "#c9b88f")
    sheet.polygon([(220, 96), (220, 296), (120, 296)], "#f2c9b8", "#c9907c")
    sheet.polygon([(230, 60), (230, 40), (264, 50)], RED, None)
    return sheet.finish()


def logo() -> Image.Image:
    """A site's mark in the corner: too small to ask about."""
    sheet = Canvas(48, 48, paper=BLUE)
    sheet.line(ring(24, 26, 14, 14, 20, 340), PALE, 5)
    sheet.circle((34, 16), 4, fill=AMBER, outline=None)
    return sheet.finish()
