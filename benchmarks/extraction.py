"""Pages a second, keyless, from stored HTML to silver.qa_candidates, and how that grows: saved sites, repeated under other hosts.

python benchmarks/extraction.py ../shared/corpus/sites 100 1000 10000      # each number in a lake of its own
"""

import argparse
import itertools
import os
import resource
import shutil
import tempfile
import time
from pathlib import Path

from vwi_lake.run import Run, choose
from vwi_lake.settings import FetchSettings, LakeSettings, SearchSettings, Settings

STAGES = ("load_seeds", "search_images", "fetch_pages", "build_trees", "extract_qa")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sites", type=Path)
    parser.add_argument("pages", type=int, nargs="+")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    for pages in given.pages:
        with tempfile.TemporaryDirectory() as folder:
            repeat(given.sites, Path(folder) / "web", pages)
            measure(Path(folder), pages, given.processes)


def repeat(sites: Path, web: Path, pages: int) -> None:
    """The first so many pages of the sites, once under their own hosts, then under numbered ones; hard links where the disk allows."""
    found = sorted(path for path in sites.rglob("*") if path.suffix in (".html", ".htm", ".xhtml") and path.is_file())
    for number, path in itertools.islice(((n, path) for n in itertools.count() for path in found), pages):
        host, *below = path.relative_to(sites).parts
        target = web / (f"c{number}-{host}" if number else host) / Path(*below)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target)
        except OSError:
            shutil.copy(path, target)


def measure(folder: Path, pages: int, processes: int) -> None:
    settings = Settings(
        lake=LakeSettings(path=str(folder / "lake")),
        web=(str(folder / "web"),),
        search=SearchSettings(provider="all"),
        fetch=FetchSettings(browser=False),
        processes=processes,
    )
    spent: dict[str, float] = {}
    before = cpu_s()
    with Run(settings, choose(STAGES)) as going:
        for _, stages in going.rounds():
            for stage in stages:
                began = time.perf_counter()
                for rows in going.pending(stage):
                    going.ask(stage, rows)
                spent[stage.name] = time.perf_counter() - began
        began = time.perf_counter()
        going.finish()
        spent["finish"] = time.perf_counter() - began
        (trees, pairs), *_ = going.lake.query(
            "select (select count(*) from silver.trees), (select count(*) from silver.qa_candidates)"
        ).rows()
    used = cpu_s() - before
    took = sum(seconds for name, seconds in spent.items() if name in ("build_trees", "extract_qa", "finish"))
    told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in spent.items())
    each = f"{trees / took:.1f} pages a second from stored HTML on; {used:.1f} CPU s in all, {1000 * used / trees:.0f} CPU ms each"
    print(f"{pages} pages, {trees} trees, {pairs} candidates: {each} ({told})", flush=True)


def cpu_s() -> float:
    """Of this process and those that it has seen end: under load, the figure to compare."""
    return sum(sum(resource.getrusage(whose)[:2]) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


if __name__ == "__main__":
    main()
