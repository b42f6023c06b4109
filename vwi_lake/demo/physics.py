"""The demo web's physics diagrams."""

from math import cos, radians, sin, tan

from PIL import Image

from vwi_lake.demo.canvas import AMBER, BLUE, GREEN, GREY, INK, PALE, RED, VIOLET, Canvas, Point, ring, zigzag


def incline() -> Image.Image:
    """A 5 kg block on a frictionless ramp of 30 degrees."""
    sheet, slope = Canvas(560, 340), radians(30)
    foot, reach = (50.0, 292.0), 440.0
    top = (foot[0] + reach, foot[1] - reach * tan(slope))
    sheet.polygon([foot, (top[0], foot[1]), top], fill="#dfe8f1")
    sheet.hatch((20, 292), (540, 292))
    sheet.line(ring(*foot, 78, 78, 0, 30), INK, 2)
    sheet.text((foot[0] + 104, foot[1] - 25), "30°", 22)

    def on_ramp(distance: float, height: float) -> Point:
        return foot[0] + distance * cos(slope) - height * sin(slope), foot[1] - distance * sin(slope) - height * cos(slope)

    sheet.polygon([on_ramp(250, 2), on_ramp(340, 2), on_ramp(340, 62), on_ramp(250, 62)], fill="#f3c77c")
    sheet.text(on_ramp(295, 32), "5 kg", 22)
    sheet.arrow(on_ramp(238, 84), on_ramp(160, 84), RED)
    sheet.text(on_ramp(198, 108), "a = ?", 20, RED)
    return sheet.finish()


def pulley() -> Image.Image:
    """Atwood's machine with 3 kg and 5 kg."""
    sheet = Canvas(380, 460)
    sheet.hatch((90, 40), (290, 40), dx=9, dy=-10)
    sheet.line([(190, 40), (190, 120)], GREY, 7)
    sheet.line([(126, 120), (126, 285)], AMBER, 4)
    sheet.line([(254, 120), (254, 335)], AMBER, 4)
    sheet.circle((190, 120), 64, fill=AMBER, outline=None)
    sheet.circle((190, 120), 60, fill=PALE)
    sheet.circle((190, 120), 8, fill=INK)
    sheet.box((88, 285), (76, 60), fill="#bcd4ec", radius=5)
    sheet.text((126, 315), "3 kg", 22)
    sheet.box((208, 335), (92, 80), fill="#f0b4ac", radius=5)
    sheet.text((254, 375), "5 kg", 24)
    sheet.arrow((60, 345), (60, 285), BLUE)
    sheet.arrow((328, 345), (328, 405), RED)
    sheet.text((56, 262), "a", 22, BLUE)
    sheet.text((330, 428), "a", 22, RED)
    return sheet.finish()


def free_body() -> Image.Image:
    """A 10 kg crate pulled with 60 N against 20 N of friction."""
    sheet = Canvas(500, 400, paper="#fffdf6")
    sheet.hatch((40, 250), (460, 250))
    sheet.box((180, 160), (130, 90), fill="#e8d6b8", radius=4)
    sheet.line([(180, 182), (310, 182)], "#b99b68", 2)
    sheet.line([(180, 228), (310, 228)], "#b99b68", 2)
    sheet.text((245, 205), "10 kg", 24)
    sheet.arrow((245, 160), (245, 50), GREEN, 4)
    sheet.text((262, 62), "N", 24, GREEN, "lm")
    sheet.arrow((245, 250), (245, 362), VIOLET, 4)
    sheet.text((262, 350), "W = 98 N", 22, VIOLET, "lm")
    sheet.arrow((310, 205), (446, 205), RED, 4)
    sheet.text((384, 180), "F = 60 N", 22, RED)
    sheet.arrow((180, 236), (116, 236), BLUE, 4)
    sheet.text((110, 212), "f = 20 N", 22, BLUE)
    return sheet.finish()


def _battery(sheet: Canvas, x: float, y: float) -> None:
    sheet.line([(x - 24, y - 7), (x + 24, y - 7)], INK, 3)
    sheet.line([(x - 13, y + 7), (x + 13, y + 7)], INK, 6)
    sheet.text((x - 36, y - 20), "+", 20, RED)


def circuit() -> Image.Image:
    """12 V across 4 ohms in series with 6 and 3 ohms in parallel."""
    sheet = Canvas(580, 340)
    left, mid, right, top, bottom = 90, 340, 480, 70, 280
    sheet.line([(left, 163), (left, top), (170, top)])
    sheet.line(zigzag((170, top), (260, top)))
    sheet.line([(260, top), (right, top), (right, 130)])
    sheet.line([(left, 177), (left, bottom), (right, bottom), (right, 220)])
    for x, name, value in ((mid, "R_2", "6 Ω"), (right, "R_3", "3 Ω")):
        sheet.line([(x, top), (x, 130)])
        sheet.line(zigzag((x, 130), (x, 220)))
        sheet.line([(x, 220), (x, bottom)])
        sheet.text((x + 22, 162), name, 21, BLUE, "lm")
        sheet.text((x + 22, 190), value, 21, INK, "lm")
    sheet.text((215, 38), "R_1 = 4 Ω", 21, BLUE)
    for y in (top, bottom):
        sheet.circle((mid, y), 5, fill=INK)
    _battery(sheet, left, 170)
    sheet.text((48, 184), "12 V", 21)
    sheet.arrow((112, 52), (158, 52), RED, 2.5, 11)
    sheet.text((134, 32), "I", 20, RED)
    return sheet.finish()


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def bridge() -> Image.Image:
    """A balanced Wheatstone bridge with one unknown arm."""
    sheet = Canvas(480, 440)
    top, bottom, left, right = (250.0, 50.0), (250.0, 350.0), (110.0, 200.0), (390.0, 200.0)
    arms = (
        (top, left, "10 Ω", (146, 102)),
        (top, right, "20 Ω", (354, 102)),
        (left, bottom, "15 Ω", (146, 298)),
        (right, bottom, "R_x", (350, 298)),
    )
    for a, b, label, at in arms:
        near, far = _between(a, b, 1 / 3), _between(a, b, 2 / 3)
        sheet.line([a, near])
        sheet.line(zigzag(near, far, 4, 8))
        sheet.line([far, b])
        sheet.text(at, label, 22, RED if label == "R_x" else INK)
    sheet.line([left, right])
    sheet.circle((250, 200), 26)
    sheet.text((250, 200), "G", 24, GREEN)
    sheet.line([top, (250, 24), (56, 24), (56, 200)])
    sheet.line([(56, 214), (56, 400), (250, 400), bottom])
    _battery(sheet, 56, 207)
    for point in (top, bottom, left, right):
        sheet.circle(point, 5, fill=INK)
    return sheet.finish()


def lens() -> Image.Image:
    """Three principal rays: object 30 cm before a lens of f = 10 cm, image 15 cm behind it; 10 px to the cm."""
    sheet = Canvas(640, 340)
    axis, x, f = 170.0, 380.0, 100.0
    tip, image_tip = (x - 300, axis - 80), (x + 150, axis + 40)
    sheet.polygon([*ring(x - 252, axis, 270, 270, -21, 21), *ring(x + 252, axis, 270, 270, 159, 201)], fill="#d6eaf8", outline=BLUE)
    sheet.line([(20, axis), (620, axis)], GREY, 1.5)
    for color, bend in ((RED, tip[1]), (GREEN, axis), (AMBER, image_tip[1])):
        sheet.line([tip, (x, bend), (image_tip[0] + 62, bend + (image_tip[1] - bend) * 212 / 150)], color, 2)
    sheet.arrow((tip[0], axis), tip, INK, 4)
    sheet.arrow((image_tip[0], axis), image_tip, VIOLET, 4, 11)
    for at, name, aside in ((x - f, "F", -12), (x + f, "F'", -16)):
        sheet.circle((at, axis), 4, fill=INK)
        sheet.text((at + aside, axis + 18), name, 19)
    sheet.text((tip[0], tip[1] - 18), "object", 19)
    sheet.text((image_tip[0] + 16, axis - 16), "image", 19, VIOLET)
    sheet.dashes((tip[0], axis + 8), (tip[0], 310))
    sheet.dashes((x, axis + 96), (x, 310))
    sheet.arrow((x - 118, 300), (x - 4, 300), GREY, 2, 10)
    sheet.arrow((x - 182, 300), (tip[0] + 4, 300), GREY, 2, 10)
    sheet.text((x - 150, 300), "30 cm", 18)
    return sheet.finish()


def velocity() -> Image.Image:
    """0 to 8 m/s in 4 s, constant to 10 s, at rest again at 12 s."""
    sheet = Canvas(580, 360)
    x0, y0, dx, dy = 80, 300, 36, 28
    for t in range(0, 13, 2):
        sheet.line([(x0 + t * dx, 48), (x0 + t * dx, y0)], "#d9e1e8", 1.2)
        sheet.text((x0 + t * dx, y0 + 20), str(t), 18)
    for v in range(0, 9, 2):
        sheet.line([(x0, y0 - v * dy), (x0 + 12.6 * dx, y0 - v * dy)], "#d9e1e8", 1.2)
        sheet.text((x0 - 14, y0 - v * dy), str(v), 18, INK, "rm")
    course = [(x0 + t * dx, y0 - v * dy) for t, v in ((0, 0), (4, 8), (10, 8), (12, 0))]
    sheet.polygon(course, fill="#e3effa", outline=None)
    sheet.line(course, BLUE, 4)
    sheet.arrow((x0, y0), (x0, 36))
    sheet.arrow((x0, y0), (x0 + 13.2 * dx, y0))
    sheet.text((x0 + 8, 24), "v in m/s", 19, INK, "mm")
    sheet.text((x0 + 13 * dx, y0 + 44), "t in s", 19, INK, "rm")
    return sheet.finish()


def spring() -> Image.Image:
    """A 2 kg mass on a spring, 10 cm below its rest position."""
    sheet = Canvas(360, 380)
    sheet.hatch((80, 36), (240, 36), dx=9, dy=-10)
    sheet.line([(160, 36), (160, 60), *zigzag((160, 60), (160, 240), 8, 20), (160, 262)], GREEN, 3)
    sheet.box((118, 262), (84, 70), fill="#cfe6d6", radius=5)
    sheet.text((160, 297), "2 kg", 23)
    sheet.dashes((210, 214), (320, 214))
    sheet.dashes((210, 297), (320, 297))
    sheet.arrow((290, 214), (290, 293), RED)
    sheet.text((322, 254), "10 cm", 19, RED)
    return sheet.finish()
