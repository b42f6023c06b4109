"""A copy of a saved picture is found whatever was done to it; a picture that is on no page is not."""

import asyncio
import base64
import io
import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from vwi_lake.providers.local_search import THRESHOLD, LocalSearch
from vwi_lake.providers.saved import SavedWeb


def diagram(seed: int, size: tuple[int, int] = (320, 220)) -> Image.Image:
    """Boxes, lines and letters on white, like a figure of a course."""
    chance, image = random.Random(seed), Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    points = [(chance.randint(25, size[0] - 45), chance.randint(25, size[1] - 35)) for _ in range(9)]
    for one, other in itertools.pairwise(points):
        pen.line((*one, *other), fill="black", width=2)
    for number, (x, y) in enumerate(points):
        shape = pen.ellipse if chance.random() < 0.5 else pen.rectangle
        shape((x - 9, y - 7, x + 9, y + 7), fill=chance.choice(["white", "red", "gold", "skyblue"]), outline="black")
        pen.text((x + 11, y - 12), f"{chance.choice('RCLVS')}{number}", fill="black")
    return image


def encoded(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def relabelled(image: Image.Image) -> Image.Image:
    """The same figure with one part in another colour and a line more."""
    copy = image.copy()
    pen = ImageDraw.Draw(copy)
    pen.rectangle((140, 90, 180, 120), fill="green", outline="black")
    pen.line((10, 210, 310, 150), fill="black", width=2)
    return copy


def framed(image: Image.Image, margin: tuple[int, int, int, int], ground: str = "white", text: str = "Figure 7") -> Image.Image:
    left, top, right, bottom = margin
    canvas = Image.new("RGB", (image.width + left + right, image.height + top + bottom), ground)
    canvas.paste(image, (left, top))
    ImageDraw.Draw(canvas).text((8, canvas.height - 16), text, fill="black")
    return canvas


def cropped(image: Image.Image, share: float) -> Image.Image:
    return image.crop(
        (int(image.width * share), int(image.height * share), int(image.width * (1 - share)), int(image.height * (1 - share)))
    )


COPIES: dict[str, Callable[[Image.Image], bytes]] = {
    "exact": encoded,
    "jpeg": lambda image: encoded(image, "JPEG", quality=40),
    "webp": lambda image: encoded(image, "WEBP", quality=50),
    "half": lambda image: encoded(image.resize((160, 110), Image.Resampling.LANCZOS)),
    "larger": lambda image: encoded(image.resize((500, 344), Image.Resampling.LANCZOS), "JPEG", quality=70),
    "grey": lambda image: encoded(image.convert("L")),
    "bright": lambda image: encoded(ImageEnhance.Contrast(ImageEnhance.Brightness(image).enhance(1.15)).enhance(0.85)),
    "cropped": lambda image: encoded(cropped(image, 0.08)),
    "turned": lambda image: encoded(image.rotate(2.5, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC)),
    "captioned": lambda image: encoded(framed(image, (20, 20, 20, 50))),
    "screenshot": lambda image: encoded(framed(image, (180, 90, 60, 120), "#f0f0f0", "lorem ipsum dolor sit amet " * 4)),
    "inverted": lambda image: encoded(ImageOps.invert(image)),
    "cut corners": lambda image: encoded(image.rotate(-3, resample=Image.Resampling.BICUBIC)),
    "framed in black": lambda image: encoded(ImageOps.expand(image, 12, "black")),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sites") / "a.example"
    root.mkdir()
    for seed in range(12):
        (root / f"{seed}.png").write_bytes(encoded(diagram(seed)))
        (root / f"page{seed}.html").write_text(
            f"<html><body><p>Question {seed}: what does the figure show?</p><img src={seed}.png></body></html>"
        )
    (root / "near.png").write_bytes(encoded(relabelled(diagram(0))))
    (root / "near.html").write_text("<html><body><p>Another question.</p><img src=near.png></body></html>")
    inline = base64.b64encode(encoded(diagram(50))).decode()
    (root / "twice.html").write_text(f"<html><body><p>Two.</p><img src=3.png><img src='data:image/png;base64,{inline}'></body></html>")
    (root / "broken.png").write_bytes(b"no picture")
    (root / "bank.json").write_text(json.dumps([{"image": "bank/51.png"}]))
    (root / "bank").mkdir()
    (root / "bank" / "51.png").write_bytes(encoded(diagram(51)))
    (root / "quiz.html").write_text("<html><body><img src=broken.png><script>fetch('bank.json')</script></body></html>")
    return root.parent


@pytest.fixture(scope="module")
def search(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> LocalSearch:
    return LocalSearch(SavedWeb([folder]), tmp_path_factory.mktemp("index"))


def found(search: LocalSearch, image: bytes) -> list[str]:
    hits = asyncio.run(search.search(image))
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert sorted((hit.score for hit in hits), reverse=True) == [hit.score for hit in hits]
    assert all(0 < hit.score <= 1 for hit in hits)
    return [hit.page_url.removeprefix("http://a.example/") for hit in hits]


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("seed", [0, 5])
def test_copies_are_found(search: LocalSearch, copy: str, seed: int):
    assert found(search, COPIES[copy](diagram(seed)))[:1] == [f"page{seed}.html"]


@pytest.mark.parametrize("copy", COPIES)
def test_strangers_are_not(search: LocalSearch, copy: str):
    assert found(search, COPIES[copy](diagram(77))) == []


def test_the_nearest_of_two_variants_is_best(search: LocalSearch):
    assert found(search, COPIES["jpeg"](relabelled(diagram(0))))[:1] == ["near.html"]


def test_every_page_of_a_picture_is_a_hit(search: LocalSearch):
    assert found(search, encoded(diagram(3))) == ["page3.html", "twice.html"]


def test_inline_pictures_and_those_of_scripts(search: LocalSearch):
    assert found(search, encoded(diagram(50))) == ["twice.html"]
    assert found(search, encoded(diagram(51))) == ["quiz.html"]


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"no picture",
        encoded(Image.new("RGB", (200, 200), "white")),
        encoded(Image.new("RGB", (1, 1))),
        encoded(diagram(1).resize((9, 9))),
        encoded(diagram(1))[:90],
    ],
)
def test_what_shows_nothing_finds_nothing(search: LocalSearch, image: bytes):
    assert found(search, image) == []


def test_an_empty_web_has_no_hits(tmp_path: Path):
    (tmp_path / "sites" / "a.example").mkdir(parents=True)
    (tmp_path / "sites" / "a.example" / "a.html").write_text("<html><body>no pictures</body></html>")
    search = LocalSearch(SavedWeb([tmp_path / "sites"]), tmp_path / "index")
    assert found(search, encoded(diagram(1))) == []
    assert found(LocalSearch(search.web, tmp_path / "index"), encoded(diagram(1))) == []


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_a_near_duplicate(search: LocalSearch, copy: str):
    assert asyncio.run(search.search(COPIES[copy](diagram(5))))[0].kind == "near_duplicate"


def test_the_same_drawing_with_another_label_is_similar(search: LocalSearch):
    changed = diagram(5)
    ImageDraw.Draw(changed).text((150, 5), "x = 17 m", fill="black", font_size=16)
    hits = asyncio.run(search.search(encoded(changed)))
    assert [(hit.page_url, hit.kind) for hit in hits] == [("http://a.example/page5.html", "similar")]
    assert hits[0].score < THRESHOLD


def test_another_palette_counts_for_less(search: LocalSearch):
    planes = diagram(5).split()
    swapped, same = (
        asyncio.run(search.search(encoded(image)))[0] for image in (Image.merge("RGB", (planes[2], planes[0], planes[1])), diagram(5))
    )
    assert swapped.page_url == same.page_url == "http://a.example/page5.html"
    assert THRESHOLD <= swapped.score < same.score


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_seeds_of_the_corpus(shared: Path, tmp_path: Path):
    search = LocalSearch(SavedWeb([shared / "corpus" / "sites"]), tmp_path)
    wrong = []
    for line in (shared / "corpus" / "seeds" / "seeds.jsonl").read_text(encoding="utf-8").splitlines():
        seed = json.loads(line)
        hits = asyncio.run(search.search((shared / "corpus" / "seeds" / seed["seed"]).read_bytes()))
        first = hits[0].page_url.removeprefix("http://") if hits else None
        if first not in (seed["expected_page_ids"] or [None]):
            wrong.append((seed["seed"], first))
    assert wrong == []
