"""Parquet as the Hugging Face Hub shows and `datasets` loads it: shards per split with the images inside, and a data card."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vwi_lake.export import Exported, Tick, silent
from vwi_lake.export.card import card
from vwi_lake.export.folder import Folder, opened
from vwi_lake.export.pairs import Pair, shards_of
from vwi_lake.lake import Lake

PER_SHARD = 2_000  # pairs; with images some 100 MB
ROW_GROUP = 100  # pairs: the Hub's viewer reads one at a time
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
TYPES = {"VARCHAR": pa.string(), "BIGINT": pa.int64(), "INTEGER": pa.int32(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}
FEATURES = {"VARCHAR": "string", "BIGINT": "int64", "INTEGER": "int32", "DOUBLE": "float64", "BOOLEAN": "bool"}


def export_parquet(lake: Lake, path: Path, tick: Tick = silent) -> Exported:
    """Write `data/<split>-00000-of-00001.parquet`, … and README.md."""
    schema = _schema(lake)
    pairs = images = 0
    with opened(lake, path, "parquet", per_shard=str(PER_SHARD)) as folder:
        for shard in shards_of(lake, PER_SHARD):
            name = f"data/{shard.split}-{shard.number:05}-of-{shard.of:05}.parquet"
            if not folder.has(name):
                _write(folder, name, shard.pairs, lake, schema)
            pairs += len(shard.pairs)
            images += sum(len(pair.images) for pair in shard.pairs)
            tick(len(shard.pairs))
        folder.write("README.md", card(lake).encode())
    return Exported(pairs, images, path)


def _schema(lake: Lake) -> pa.Schema:
    """The columns of gold.dataset, images embedded, with the features that `datasets` reads from the metadata."""
    described = lake.query("describe gold.dataset").select("column_name", "column_type").rows()
    columns = [(name, kind) for name, kind in described if name != "images"]
    fields = [pa.field(name, TYPES.get(kind, pa.string())) for name, kind in columns]
    features: dict[str, Any] = {name: {"dtype": FEATURES.get(kind, "string"), "_type": "Value"} for name, kind in columns}
    features["images"] = {"feature": {"_type": "Image"}, "_type": "Sequence"}
    info = json.dumps({"info": {"features": features}})
    return pa.schema([*fields, pa.field("images", pa.list_(IMAGE))], metadata={"huggingface": info})


def _write(folder: Folder, name: str, pairs: list[Pair], lake: Lake, schema: pa.Schema) -> None:
    with folder.file(name) as out, pq.ParquetWriter(out, schema, compression="zstd", write_page_index=True) as writer:
        for first in range(0, len(pairs), ROW_GROUP):
            rows = [_row(pair, lake, schema) for pair in pairs[first : first + ROW_GROUP]]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema), row_group_size=ROW_GROUP)


def _row(pair: Pair, lake: Lake, schema: pa.Schema) -> dict[str, Any]:
    """Columns of types that `datasets` has no plain feature for (lists, times) become JSON text."""
    plain = {name: _plain(value) if schema.field(name).type == pa.string() else value for name, value in pair.row.items()}
    images = [{"bytes": lake.blobs.get(i.sha256), "path": f"{i.sha256}.{i.extension}"} for i in pair.images]
    return {**plain, "images": images}


def _plain(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
