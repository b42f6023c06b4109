"""Draw the demo's pictures again, each as its site or seed shows it: `python -m vwi_lake.demo.draw`."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from vwi_lake.demo import SEEDS, WEB, diagrams, physics

Picture = Callable[[], Image.Image]
Change = Callable[[Image.Image], Image.Image]

ETHANOL = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 420 260" width="420" height="260" role="img">
  <title>Structural formula of ethanol</title>
  <rect width="420" height="260" fill="#ffffff"/>
  <g stroke="#22303c" stroke-width="3" stroke-linecap="round">
    <path d="M78 130H112M148 130H192M228 130H272M308 130H342M130 112V68M130 148V192M210 112V68M210 148V192"/>
  </g>
  <g font-family="Helvetica, Arial, sans-serif" font-size="30" text-anchor="middle" fill="#22303c">
    <text x="60" y="141">H</text><text x="130" y="141">C</text><text x="210" y="141">C</text>
    <text x="290" y="141" fill="#c8433a">O</text><text x="360" y="141">H</text><text x="130" y="58">H</text><text x="130" y="222">H</text>
    <text x="210" y="58">H</text><text x="210" y="222">H</text>
  </g>
</svg>
"""

BLANK = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" width="1" height="1"/>\n'  # waits where a lazy image will be

NOTES = "Remember to photograph the pendulum for next week, and to ask Ines for her drawing of the heart.\n"


def scaled(share: float) -> Change:
    return lambda image: image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.LANCZOS)


def cropped(share: float) -> Change:
    """Cut that share off each of the four sides."""

    def crop(image: Image.Image) -> Image.Image:
        dx, dy = round(image.width * share), round(image.height * share)
        return image.crop((dx, dy, image.width - dx, image.height - dy))

    return crop


def bordered(width: int, color: str) -> Change:
    return lambda image: ImageOps.expand(image, width, color)


def grey(image: Image.Image) -> Image.Image:
    return image.convert("L")


def encode(image: Image.Image, suffix: str, quality: int = 85) -> bytes:
    """Drawings have few colours: a palette makes PNG and GIF a third of the size."""
    target = BytesIO()
    if suffix == ".jpg":
        image.save(target, "JPEG", quality=quality, optimize=True)
    else:
        palette = image if image.mode == "L" else image.quantize(96, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        palette.save(target, suffix[1:].upper(), optimize=True)
    return target.getvalue()


def shown(picture: Picture, name: str, *changes: Change, quality: int = 85) -> tuple[str, bytes]:
    """One file: its name and its bytes."""
    image = picture()
    for change in changes:
        image = change(image)
    return name, encode(image, Path(name).suffix, quality)


def web_images() -> dict[str, bytes]:
    """Every picture of the saved sites, by its path under `web/`; sites that share a diagram have it in their own size and format."""
    course, forum, school = "physics.northfield.example/", "forum.askproof.example/uploads/", "schola.example/"
    spring = encode(physics.spring(), ".png")
    spacer = encode(Image.new("RGB", (1, 1), "#ffffff"), ".gif")
    return {
        course + "img/spacer.gif": spacer,
        course + "Course/img/spring.png": spring[: len(spring) * 2 // 5],  # an upload that broke off
        "openchem.example/book/media/ethanol.svg": ETHANOL.encode(),
        "openchem.example/book/media/blank.svg": BLANK.encode(),
        **dict(
            (
                shown(diagrams.logo, course + "img/logo.png"),
                shown(diagrams.campus, course + "img/campus.jpg"),
                shown(physics.incline, course + "Course/img/Incline.png"),
                shown(physics.pulley, course + "Course/img/Pulley.png"),
                shown(physics.free_body, course + "Course/img/FreeBody.png"),
                shown(physics.velocity, course + "Course/img/vt.png"),
                shown(physics.circuit, course + "Course/img/circuit1.png"),
                shown(physics.bridge, course + "Course/img/circuit2.png"),
                shown(physics.lens, course + "Course/img/lens.jpg", quality=88),
                shown(diagrams.titration, "openchem.example/book/media/titration-curve.png"),
                shown(diagrams.energy_profile, "openchem.example/book/media/energy-profile.png"),
                shown(diagrams.cell, "biologyquiz.example/media/cell-660.png"),
                shown(diagrams.cell, "biologyquiz.example/media/cell-330.png", scaled(0.5)),
                shown(diagrams.punnett, "biologyquiz.example/media/punnett.png"),
                shown(diagrams.bar_chart, "biologyquiz.example/media/insects.png"),
                shown(diagrams.food_web, "biologyquiz.example/media/food-web.gif"),
                shown(diagrams.triangle, forum + "2025/triangle.png"),
                shown(diagrams.venn, forum + "2025/venn-sports.png"),
                shown(physics.circuit, forum + "2026/circuit.jpg", scaled(0.9), quality=80),
                shown(diagrams.triangle, "mathe-werkstatt.example/bilder/dreieck.png", scaled(0.8)),
                shown(diagrams.parabola, "mathe-werkstatt.example/bilder/parabel.png"),
                shown(physics.incline, school + "es/fisica/img/plano.jpg", scaled(0.85), quality=82),
                shown(physics.lens, school + "es/fisica/img/lente.png", scaled(0.9)),
                shown(diagrams.binary_tree, school + "pl/rysunki/drzewo.png", scaled(0.9)),
                shown(diagrams.parabola, school + "zh/images/paowuxian.png", scaled(0.9)),
                shown(diagrams.binary_tree, "codeyard.example/static/bst.png"),
                shown(diagrams.weighted_graph, "codeyard.example/static/towns.png"),
                shown(diagrams.venn, "codeyard.example/static/sets.png", scaled(0.9)),
                shown(diagrams.binary_tree, "codeyard.example/gallery/tree.jpg", quality=80),
                shown(physics.incline, "video.example/thumbs/ramp.jpg", scaled(0.8), quality=75),
            )
        ),
    }


def seed_images() -> dict[str, bytes]:
    """What a user would search with: copies of the sites' diagrams, changed as copies are; one stranger, one that is no image."""
    seeds = dict(
        (
            shown(diagrams.triangle, "triangle.jpg", scaled(0.6), quality=80),
            shown(physics.circuit, "circuit.png", grey),
            shown(physics.incline, "incline.jpg", quality=40),
            shown(physics.lens, "lens.png", cropped(0.025)),
            shown(diagrams.titration, "titration.png", bordered(6, "#5a6b7a")),
            shown(diagrams.cell, "cell.jpg", scaled(0.5), quality=85),
            shown(diagrams.binary_tree, "tree.jpg", cropped(0.02), scaled(0.8), quality=60),
            shown(diagrams.parabola, "parabola.png"),
            shown(diagrams.venn, "venn.jpg", grey, scaled(0.75), quality=75),
            shown(diagrams.sailboat, "sailboat.jpg"),
        )
    )
    return {**seeds, "triangle-again.jpg": seeds["triangle.jpg"], "notes.png": NOTES.encode()}


def main() -> None:
    for folder, images in ((WEB, web_images()), (SEEDS, seed_images())):
        for name, content in images.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
