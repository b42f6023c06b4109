"""Local image search: what is found again of changed pictures, what is found that is not there, and how quick it is.

python benchmarks/image_search.py retrieval --corpus ../shared/corpus --queries 100   # of each change and set; 0: every picture
python benchmarks/image_search.py strangers --corpus ../shared/corpus
python benchmarks/image_search.py speed
"""

import argparse
import asyncio
import io
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import drawn_diagrams
import numpy as np
from PIL import Image, ImageOps

from vwi_lake.providers import Hit
from vwi_lake.providers.local_index import read_picture
from vwi_lake.providers.local_search import CANDIDATES, WITHIN, LocalSearch
from vwi_lake.providers.saved import SavedWeb
from vwi_lake.web.fingerprints import BITS, PARTS, WORDS, nearest

Change = Callable[[Image.Image, random.Random], bytes]
HOST = "drawn.example"
FIRST_STRANGER = 100_000  # seeds of diagrams that are not in the index


def png(image: Image.Image) -> bytes:
    return _encoded(image, "PNG")


def _encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def _half(image: Image.Image, _: random.Random) -> bytes:
    return png(image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.LANCZOS))


def _cropped(image: Image.Image, _: random.Random) -> bytes:
    dx, dy = round(image.width * 0.1), round(image.height * 0.1)
    return png(image.crop((dx, dy, image.width - dx, image.height - dy)))


def _cropped_aside(image: Image.Image, chance: random.Random) -> bytes:
    """A tenth less wide and high, cut off anywhere."""
    left, top = chance.uniform(0, 0.1) * image.width, chance.uniform(0, 0.1) * image.height
    return png(image.crop((round(left), round(top), round(left + 0.9 * image.width), round(top + 0.9 * image.height))))


def _bordered(image: Image.Image, chance: random.Random) -> bytes:
    return png(ImageOps.expand(image, chance.randint(8, 40), chance.choice(["white", "black", "#888888", "#d0e0f0"])))


def _turned(image: Image.Image, chance: random.Random) -> bytes:
    return png(image.rotate(chance.choice([3, -3]), Image.Resampling.BICUBIC, expand=True, fillcolor="white"))


def _turned_inside(image: Image.Image, chance: random.Random) -> bytes:
    """Its corners cut off, what was outside black."""
    return png(image.rotate(chance.choice([3, -3]), Image.Resampling.BICUBIC))


def _recoloured(image: Image.Image, chance: random.Random) -> bytes:
    planes = image.split()
    return png(Image.merge("RGB", [planes[at] for at in chance.choice([(1, 2, 0), (2, 0, 1), (2, 1, 0), (1, 0, 2)])]))


CHANGES: dict[str, Change] = {
    "resize 50 %": _half,
    "JPEG quality 40": lambda image, _: _encoded(image, "JPEG", quality=40),
    "crop 10 % of each side": _cropped,
    "crop to 90 %, anywhere": _cropped_aside,
    "border": _bordered,
    "rotate 3°": _turned,
    "rotate 3°, corners cut": _turned_inside,
    "invert": lambda image, _: png(ImageOps.invert(image)),
    "recolour": _recoloured,
}


def sites(folder: Path, drawn: int) -> Path:
    """A page and a picture each."""
    host = folder / "sites" / HOST
    host.mkdir(parents=True)
    for seed in range(drawn):
        (host / f"{seed}.png").write_bytes(png(drawn_diagrams.draw(seed)))
        (host / f"{seed}.html").write_text(f"<html><body><p>Figure {seed}</p><img src={seed}.png></body></html>")
    return host.parent


def opened(folder: Path, given: argparse.Namespace) -> LocalSearch:
    corpus = [given.corpus / "sites"] if given.corpus else []
    return LocalSearch(SavedWeb([sites(folder, given.drawn), *corpus]), folder / "index")


def retrieval(given: argparse.Namespace, folder: Path) -> None:
    search = opened(folder, given)
    index = search.index()
    sets: dict[str, list[int]] = defaultdict(list)
    for number, shown in enumerate(index.shown):
        sets["drawn" if HOST in shown[0][1] else "corpus"].append(number)
    chance = random.Random(0)
    chosen = {name: sorted(chance.sample(all_, min(given.queries or len(all_), len(all_)))) for name, all_ in sorted(sets.items())}
    print(f"{len(index.shown)} pictures in the index; asked of each change: { {name: len(some) for name, some in chosen.items()} }\n")
    print("| change | " + " | ".join(f"{name} @1 | {name} @10" for name in chosen) + " | CPU s a query |")
    print("|---" * (2 * len(chosen) + 2) + "|")
    total: Counter[str] = Counter()
    for change, apply in CHANGES.items():
        cells, started, n = [], time.process_time(), 0
        for numbers in chosen.values():
            ranks = [rank_of(search, number, apply) for number in numbers]
            first, ten = sum(rank == 1 for rank in ranks), sum(0 < rank <= 10 for rank in ranks)
            cells += [f"{first / len(ranks):.3f}", f"{ten / len(ranks):.3f}"]
            total.update({"n": len(ranks), "first": first, "ten": ten})
            n += len(ranks)
        print(f"| {change} | " + " | ".join(cells) + f" | {(time.process_time() - started) / n:.2f} |", flush=True)
    print(f"\nover all: @1 {total['first'] / total['n']:.3f}, @10 {total['ten'] / total['n']:.3f}")


def rank_of(search: LocalSearch, number: int, apply: Change) -> int:
    """0: not among the hits."""
    shown = search.index().shown[number]
    picture = read_picture(search.web, shown[0][1], 4000)
    assert picture is not None
    hits = asked(search, apply(picture, random.Random(number)))
    places = set(shown)
    return next((hit.rank for hit in hits if (hit.page_url, hit.image_url) in places), 0)


def asked(search: LocalSearch, image: bytes) -> list[Hit]:
    return asyncio.run(search.search(image))


def strangers(given: argparse.Namespace, folder: Path) -> None:
    search = opened(folder, given)
    search.index()
    images = (png(drawn_diagrams.draw(FIRST_STRANGER + i)) for i in range(given.queries or 200))
    kinds = Counter(hits[0].kind if hits else "none" for hits in (asked(search, image) for image in images))
    print(f"strangers by their best hit: {dict(kinds)}")


def speed(given: argparse.Namespace, folder: Path) -> None:
    search = LocalSearch(SavedWeb([sites(folder, given.drawn)]), folder / "index")
    started, cpu = time.perf_counter(), time.process_time()
    n = len(search.index().shown)
    wall, used = time.perf_counter() - started, time.process_time() - cpu
    print(f"index of {n} pages and pictures: {n / wall:.0f} a second, {n / used:.0f} a CPU second\n")
    print("| pictures | hashes | queries a second | CPU ms a query |\n|---|---|---|---|")
    for size in given.sizes:
        wall, used = look_up(size)
        print(f"| {size:,} | {size * PARTS:,} | {1 / wall:,.0f} | {used * 1000:.2f} |", flush=True)


def look_up(size: int, rounds: int = 40) -> tuple[float, float]:
    """Random hashes, each query two parts of one picture with a tenth of the bits changed; two at a time, as the stage asks."""
    generator = np.random.default_rng(0)
    kept = generator.integers(0, 2**64, (PARTS, WORDS, size), dtype=np.uint64)
    noise = np.packbits(generator.random((rounds, 2, BITS)) < 0.1, axis=2).view(np.uint64)
    numbers = generator.integers(0, size, rounds)
    queries = [kept[:2, :, number] ^ noise[i] for i, number in enumerate(numbers)]
    with ThreadPoolExecutor(2) as pool:
        started, cpu = time.perf_counter(), time.process_time()
        found = list(pool.map(lambda query: nearest(kept, query, CANDIDATES, WITHIN)[0].number, queries))
        wall, used = (time.perf_counter() - started) / rounds, (time.process_time() - cpu) / rounds
    assert found == numbers.tolist()
    return wall, used


def main(arguments: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, run in (("retrieval", retrieval), ("strangers", strangers), ("speed", speed)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--drawn", type=int, default=1000, help="diagrams in the index")
        if name == "speed":
            command.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
        else:
            command.add_argument("--corpus", type=Path, help="a folder with sites/ beside the drawn ones")
            command.add_argument("--queries", type=int, default=0, help="of each change and set; 0: all (200 strangers)")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        given.run(given, Path(folder))


if __name__ == "__main__":
    main()
