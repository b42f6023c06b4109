"""The SQL files: which tables they make, what they read, and the order that follows from it."""

import re
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from vwi_lake.errors import VwiError
from vwi_lake.settings import Settings
from vwi_lake.shipped import shipped

TABLE = re.compile(r"\b(bronze|silver|verdicts|rejects|gold|seeds)\.([a-z_][a-z0-9_]*)")
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
JUDGED = ("verdicts", "rejects")  # other names of what a silver file makes


def tables_read(sql: str) -> set[str]:
    """Tables a statement reads, as 'schema.name'; verdicts.x and rejects.x count as silver.x."""
    found = TABLE.findall(COMMENT.sub("", sql))
    return {f"{'silver' if schema in JUDGED else schema}.{name}" for schema, name in found}


@dataclass(frozen=True)
class Rules:
    """All SQL of the project. Files in `overlay` (laid out the same way) replace those of the same name or add to them."""

    overlay: Path | None = None

    @cached_property
    def files(self) -> dict[str, Path]:
        """'silver/urls.sql' → its file."""
        found: dict[str, Path] = {}
        for root in (shipped("sql"), self.overlay):
            if root is None:
                continue
            if not root.is_dir():
                raise VwiError(f"no folder of SQL files at {root}: correct `sql` in the settings, or leave it out")
            found |= {p.relative_to(root).as_posix(): p for p in sorted(root.rglob("*")) if p.suffix in (".sql", ".csv")}
        return found

    @cached_property
    def texts(self) -> dict[str, str]:
        return {name: path.read_text(encoding="utf-8") for name, path in self.files.items() if path.suffix == ".sql"}

    @cached_property
    def models(self) -> dict[str, str]:
        """'silver.urls' → its SQL, in an order in which each can be built."""
        texts = {f"{n.split('/')[0]}.{Path(n).stem}": t for n, t in self.texts.items() if n.startswith(("silver/", "gold/"))}
        reads = {name: sorted(tables_read(text) & texts.keys() - {name}) for name, text in sorted(texts.items())}
        try:
            return {name: texts[name] for name in TopologicalSorter(reads).static_order()}
        except CycleError as error:
            raise VwiError(f"these SQL files read each other in a circle: {' → '.join(error.args[1])}") from None

    @property
    def macros(self) -> str:
        """Statements that make the expressions which several files share."""
        return self.texts["macros.sql"]

    def pending(self, stage: str) -> str:
        return self.texts[f"pending/{stage}.sql"]

    @property
    def csv_tables(self) -> dict[str, Path]:
        return {f"seeds.{p.stem}": p for n, p in self.files.items() if n.startswith("seeds/")}

    def checks(self, kind: str) -> dict[str, str]:
        """Name → SQL of the checks of one kind ('fail' or 'warn'): each returns the offending rows."""
        return {Path(n).stem: t for n, t in self.texts.items() if n.startswith(f"checks/{kind}/")}

    def upstream(self, sql: str) -> set[str]:
        """Models a statement needs, directly and through others."""
        needed: set[str] = set()
        todo = tables_read(sql) & self.models.keys()
        while todo:
            name = todo.pop()
            needed.add(name)
            todo |= (tables_read(self.models[name]) & self.models.keys()) - needed
        return needed

    def downstream(self, table: str) -> set[str]:
        """Models that change when `table` does, directly or through others."""
        changed = {table}
        for name, text in self.models.items():  # in build order: one pass is enough
            if tables_read(text) & changed:
                changed.add(name)
        return changed - {table}


def rules_of(settings: Settings) -> Rules:
    """The shipped rules, with the user's own folder on top."""
    return Rules(Path(settings.sql) if settings.sql else None)
