"""Which images of kept pairs does the next round of search start from?"""

from vwi_lake.columns import Record
from vwi_lake.stage import Row, Stage
from vwi_lake.stages.load_seeds import Seed
from vwi_lake.web.images import decode
from vwi_lake.web.likeness import grey_tiles
from vwi_lake.world import World

KEY = ("folder", "source", "fingerprint", "url", "round")


def compute(row: Row, world: World) -> list[Record]:
    """A seed whose bytes are in the blobs already; whether it is unlike all earlier seeds is for silver.seeds to say."""
    known = {name: row[name] for name in (*KEY, "seed_id", "format", "width", "height", "phash", "error")}
    return [Seed(**known, tiles=grey_tiles(decode(world.blobs.get(row["seed_id"]))))]


def idle(world: World) -> str | None:
    every_page = world.search is not None and world.search.name == "all" and world.settings.search.rounds > 1
    return "the first round of --search all finds every page; leave --rounds out" if every_page else None


STAGE = Stage(
    name="promote_images",
    question=__doc__ or "",
    records=(Seed,),
    compute=compute,
    key=KEY,
    idle=idle,
    in_round=lambda number: number > 1,
)
