"""The data card that travels with an export: what is in it, where it comes from, how it was made."""

import json
import subprocess

import polars as pl
import yaml

from vwi_lake import __version__
from vwi_lake.lake import Lake
from vwi_lake.shipped import CHECKOUT

MOST_DOMAINS = 50
COUNTS = {
    "By subject": """select subject, count(*) as pairs, count(*) filter (is_visual) as with_images
        from gold.dataset group by subject order by pairs desc, subject""",
    "By split and answer": """select split, answer_source, count(*) as pairs
        from gold.dataset group by split, answer_source order by split, answer_source""",
    "By language": """select coalesce(language, 'unknown') as language, count(*) as pairs
        from gold.dataset group by all order by pairs desc, language""",
    "By licence that the page names for itself": """select coalesce(licence, 'none named') as licence, count(*) as pairs,
        count(distinct domain) as domains from gold.dataset group by all order by pairs desc, licence""",
    "Safety": """select count(*) filter (is_adult) as flagged_adult, count(*) filter (is_violent) as flagged_violent,
        (select count(*) from gold.scrubs) as scrubbed_addresses_and_names from gold.dataset""",
    f"By domain, the first {MOST_DOMAINS}": f"""select domain, count(*) as pairs, count(distinct page_url) as pages
        from gold.dataset group by domain order by pairs desc, domain limit {MOST_DOMAINS}""",
    "How it came about": "select stage, table_name, coalesce(rejected_because, 'kept') as verdict, rows from gold.stage_yields",
}
TOTALS = """select count(*), count(*) filter (is_visual), count(distinct page_url), count(distinct domain),
    (select max_by(run_id, asked_at) from bronze.runs where status = 'completed') from gold.dataset"""


def card(lake: Lake) -> str:
    """README.md of a Hugging Face data set: YAML for the Hub, then tables for people."""
    pairs, visual, pages, domains, run = lake.query(TOTALS).row(0)
    head = {"pretty_name": "Pairs mined with vwi_lake", "task_categories": ["visual-question-answering"], "configs": [_config(lake)]}
    said = [
        f"---\n{yaml.safe_dump(head, sort_keys=False)}---",
        "# Question-answer pairs with images, mined from web pages",
        "Made with vwi_lake after VisualWebInstruct (https://arxiv.org/abs/2503.10582). Every pair names its page in `page_url`; the rights"
        " in questions, answers and images stay with the pages' authors.",
        f"{pairs:,} pairs, {visual:,} of them with images, from {pages:,} pages of {domains:,} domains."
        f" Snapshot {lake.snapshot()}, run {run or 'not completed'}, vwi_lake {__version__}{_commit()}.",
    ]
    return "\n\n".join([*said, *(f"## {title}\n\n{_table(lake.query(sql))}" for title, sql in COUNTS.items())]) + "\n"


def _commit() -> str:
    """Of the code, where it runs from a checkout."""
    if not (CHECKOUT / ".git").exists():
        return ""
    told = subprocess.run(["git", "-C", str(CHECKOUT), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return f", commit {told.stdout.strip()}" if told.returncode == 0 else ""


def _config(lake: Lake) -> dict:
    splits = lake.query("select distinct split from gold.dataset order by split")["split"]
    return {"config_name": "default", "data_files": [{"split": split, "path": f"data/{split}-*.parquet"} for split in splits]}


def _table(rows: pl.DataFrame) -> str:
    lines = [rows.columns, ["---"] * rows.width, *rows.rows()]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    """A domain or a reason may hold whatever a page says; in a table it must stay in its cell."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    return " ".join(text.replace("|", "\\|").split())
