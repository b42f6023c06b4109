"""Commands that ask the lake: rebuild, yields, sql, check, trace."""

from typing import Annotated, Any

import duckdb
import typer
from rich.markup import escape

from vwi_lake import tables
from vwi_lake.cli_console import Config, LakeDir, OutputFormat, err, out
from vwi_lake.errors import VwiError
from vwi_lake.settings import load

app = typer.Typer()


@app.command()
def rebuild(lake: LakeDir = None, config: Config = None) -> None:
    """Rebuild silver and gold from the answers in bronze: after you changed a rule in sql/. Asks nothing.

    Example:

        vwi rebuild --lake L && vwi yields --lake L
    """
    from vwi_lake.lake import Lake
    from vwi_lake.rules import rules_of
    from vwi_lake.run import records_of_runs

    settings = load(config, lake__path=lake)
    Lake.read(settings.lake).close()  # there must be one
    opened = Lake.open(settings.lake, rules_of(settings), records_of_runs())
    built = opened.rebuild()
    out.print(f"rebuilt {len(built)} tables")
    out.print(tables.funnel(opened.yields()))
    opened.close()


@app.command()
def yields(lake: LakeDir = None, config: Config = None, form: OutputFormat = "table") -> None:
    """What each stage kept, and why the rest was dropped."""
    frame = ask_lake(lake, config, "select * from gold.stage_yields")
    if form == "table":
        out.print(tables.funnel(frame))
    else:
        tables.write(frame, format_of(form), out)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SQL statement; schemas are bronze, silver, rejects, verdicts and gold.")] = "",
    lake: LakeDir = None,
    config: Config = None,
    form: OutputFormat = "table",
    at: Annotated[str | None, typer.Option(metavar="SNAPSHOT", help="As of a snapshot: its number or a run's id.")] = None,
    file: Annotated[
        typer.FileText | None, typer.Option(metavar="FILE", help="Read the statement from a file; - is standard input.")
    ] = None,
) -> None:
    """Ask the lake anything (read only), also while a run writes.

    Examples:

        vwi sql "select rejected_because, count(*) from verdicts.urls group by all"

        vwi sql --format jsonl "select * from gold.dataset" > pairs.jsonl

        vwi sql --file question.sql
    """
    tables.write(ask_lake(lake, config, file.read() if file else query, at), format_of(form), out)


def ask_lake(lake: str | None, config: str | None, query: str, at: str | None = None) -> Any:
    from vwi_lake.lake import Lake

    if not query.strip(" ;\n"):
        raise VwiError('an empty query: try vwi sql "select * from gold.stage_yields"')
    opened = Lake.read(load(config, lake__path=lake).lake, at)
    try:
        return opened.query(query)
    except duckdb.Error as error:
        raise VwiError(f"the lake says: {error}") from None
    finally:
        opened.close()


def format_of(name: str) -> tables.Format:
    if name not in ("table", "json", "jsonl", "csv"):
        raise VwiError(f"--format {name} is not known: it is one of table, json, jsonl, csv")
    return name  # type: ignore[return-value]


@app.command()
def describe(
    table: Annotated[str | None, typer.Argument(help="Such as gold.dataset. Default: all tables.")] = None,
    config: Config = None,
    form: Annotated[str, typer.Option("--format", help="table | json | jsonl | csv | markdown")] = "table",
) -> None:
    """What the tables and columns of a lake mean. Needs no lake.

    Examples:

        vwi describe

        vwi describe gold.dataset
    """
    from vwi_lake.dictionary import all_records, dictionary, grain, markdown
    from vwi_lake.rules import rules_of

    rules, records = rules_of(load(config)), all_records()
    if form == "markdown":
        print(markdown(rules, records), end="")
        return
    found = dictionary(rules, records)
    name = (table or "").replace("verdicts.", "silver.").replace("rejects.", "silver.")
    if name and name not in found["table"]:
        raise VwiError(f"no table {table!r}: `vwi describe` lists them")
    if name:
        shown = found.filter(table=name).drop("table")
        err.print(grain(name, rules, records), markup=False)
    else:
        shown = found.select("table").unique(maintain_order=True)
        shown = shown.with_columns(shown["table"].map_elements(lambda each: grain(each, rules, records)).alias("row"))
    if form == "table":
        out.print(tables.as_table(shown, longest=200))
    else:
        tables.write(shown, format_of(form), out)


@app.command()
def check(lake: LakeDir = None, config: Config = None) -> None:
    """Run the checks of sql/checks on the lake: failures first, then warnings, with their first rows."""
    from vwi_lake.lake import Lake
    from vwi_lake.rules import rules_of

    settings = load(config, lake__path=lake)
    opened = Lake.read(settings.lake, rules=rules_of(settings))
    failed = opened.check("fail")
    for kind, found in (("fail", failed), ("warn", opened.check("warn"))):
        for name, n in found.items():
            out.print(f"[bold]{kind}[/bold] {name}: {n} rows")
            tables.write(opened.query(f"select * from ({opened.rules.checks(kind)[name]}) limit 10"), "table", out)
    out.print("all checks passed" if not failed else "")
    raise typer.Exit(1 if failed else 0)


@app.command()
def trace(qa_id: Annotated[str, typer.Argument(help="From gold.dataset.")], lake: LakeDir = None, config: Config = None) -> None:
    """Where a pair comes from, and what it cost: seed, search hit, page, place on the page, images, votes, calls.

    Example:

        vwi trace --lake L 0123456789abcdef0123
    """
    from vwi_lake.lake import Lake

    opened = Lake.read(load(config, lake__path=lake).lake)
    found = opened.query("select * from gold.lineage where qa_id = $1", [qa_id]).to_dicts()
    opened.close()
    if not found:
        raise VwiError(f'no pair {qa_id!r} in gold.dataset: vwi sql "select qa_id from gold.dataset" lists them')
    for name, value in found[0].items():
        for i, item in enumerate(value if isinstance(value, list) else [value]):
            told = tables.call(item) if name == "llm_calls" else tables.dollars(item) if name.endswith("_usd") else tables.cell(item, 400)
            out.print(f"{name if i == 0 else '':16} {escape(told)}", soft_wrap=True)
