"""A small web to try things on: saved sites of our own making (`web/<host>/<path>`) and the seed images that find their pages.

`truth.jsonl` says which pairs each page holds; `python -m vwi_lake.demo.draw` draws all images again.
Nothing here was taken from anywhere: pages and pictures are ours, under the licence of the project;
the hosts, people and licences that the pages name are part of the story.
"""

from pathlib import Path

WEB = Path(__file__).parent / "web"
SEEDS = Path(__file__).parent / "seeds"
BENCHMARK = Path(__file__).parent / "benchmark.jsonl"  # four questions: enough to see an evaluation run
