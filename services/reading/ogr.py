"""GDAL, shut in: a few drivers, local files by names of our own, no network.

``OGR_SKIP`` counts while GDAL starts, so this module sets it before it loads pyogrio.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from services.errors import InvalidValue

#: Drivers of pyogrio's GDAL that read what nobody sends here, or follow what a file
#: says to other files and addresses.
SKIPPED = (
    "ADBC", "AIVector", "AVCBin", "AVCE00", "AmigoCloud", "CSV", "CSW", "Carto",
    "DGN", "DXF", "EDIGEO", "EEDA", "ESRIJSON", "Elasticsearch", "GDALG", "GML",
    "GPSBabel", "GTFS", "GeoJSONSeq", "GeoRSS", "HTTP", "Idrisi", "JML", "JSONFG",
    "LVBAG", "MBTiles", "MVT", "MapML", "MapInfo File", "MiraMonVector", "NGW", "OAPIF",
    "ODS", "OGCAPI", "OGR_GMT", "OGR_PDS", "OGR_VRT", "OSM", "OpenFileGDB", "PCIDSK",
    "PDF", "PDS4", "PGDUMP", "PLSCENES", "PMTiles", "S57", "SQLite", "SXF", "Selafin",
    "TopoJSON", "VDV", "VFK", "VICAR", "WAsP", "WFS", "XLSX", "GPX",
)  # fmt: skip
_SETTINGS = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_TIMEOUT": "1",
    "OGR_GPKG_NUM_THREADS": "1",
}

_before = os.environ.get("OGR_SKIP")
os.environ["OGR_SKIP"] = ",".join(SKIPPED)
import pyogrio  # noqa: E402
from pyogrio.errors import DataLayerError, DataSourceError  # noqa: E402

if _before is None:
    del os.environ["OGR_SKIP"]
else:
    os.environ["OGR_SKIP"] = _before
pyogrio.set_gdal_config_options(_SETTINGS)

#: What GDAL says of a file that it cannot read.
REFUSALS = (DataSourceError, DataLayerError, pa.ArrowException)
_BATCH = 16_384
_MAX_NAMES = 20


@dataclass(frozen=True, slots=True)
class Layer:
    """What GDAL has read of a layer; ``geometry`` names a column of ``table``.

    ``geometry`` is "" for a table without geometry, ``reference`` "" for a layer that
    does not say where it lies; ``geometry_type`` is GDAL's word.
    """

    table: pa.Table
    geometry: str
    reference: str
    geometry_type: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that GDAL may open, by a name of our own.

    Its content and extension are those of ``driver``, and no driver that is allowed
    takes it for something else; ``prefix`` says so to GDAL where the driver has one.
    """

    path: Path
    driver: str
    prefix: str = ""
    encoding: str | None = None

    @property
    def name(self) -> str:
        """The name by which GDAL opens it."""
        return f"{self.prefix}{self.path}"


def layer_name(source: Source, wanted: str, *, spatial: bool) -> str:
    """Return the name of the layer to read: the wanted one, or the only one.

    ``spatial`` leaves tables without geometry out. Raises InvalidValue that names
    the layers if there is no or more than one choice.
    """
    with _quiet():
        found = pyogrio.list_layers(source.name)
    names = [str(name) for name, kind in found if kind is not None or not spatial]
    if wanted:
        for name in names:
            if name.lower() == wanted.lower():
                return name
        raise InvalidValue(
            f"has no layer '{wanted[:64]}'; the layers are {_listed(names)}"
        )
    if len(names) == 1:
        return names[0]
    if not names:
        raise InvalidValue(f"has no layer {'with geometry' if spatial else 'at all'}")
    raise InvalidValue(
        f"has {len(names)} layers where one is expected: {_listed(names)}"
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return (", ".join(name[:64] for name in names[:_MAX_NAMES]) or "none") + more


def read_layer(
    source: Source, layer: str, *, geometry: bool, max_features: int | None
) -> Layer:
    """Read a layer as Arrow; stops with InvalidValue above ``max_features``."""
    with (
        _quiet(),
        pyogrio.open_arrow(
            source.name,
            layer=layer,
            encoding=source.encoding,
            read_geometry=geometry,
            batch_size=_BATCH,
            use_pyarrow=True,
        ) as (meta, reader),
    ):
        table = table_of(reader, reader.schema, max_features)
    name = (meta["geometry_name"] or "wkb_geometry") if geometry else ""
    fid = meta["fid_column"]
    if fid and fid in table.column_names and fid not in meta["fields"]:
        table = table.drop_columns([fid])
    has_geometry = name in table.column_names
    return Layer(
        table,
        name if has_geometry else "",
        str(meta["crs"] or ""),
        str(meta["geometry_type"] or ""),
    )


def table_of(batches: Any, schema: pa.Schema, max_features: int | None) -> pa.Table:
    """Return the table of some batches; InvalidValue above ``max_features`` rows."""
    kept, rows = [], 0
    for batch in batches:
        kept.append(batch)
        rows += batch.num_rows
        if max_features is not None and rows > max_features:
            raise too_many(max_features)
    return pa.Table.from_batches(kept, schema)


def too_many(max_features: int) -> InvalidValue:
    """Return the refusal of a file with more features than a service accepts."""
    return InvalidValue(
        f"has more features or rows than this service accepts: {max_features}"
    )


def _quiet() -> Any:
    """Keep pyogrio's warnings, of measures above all, out of the log."""
    return warnings.catch_warnings(action="ignore")
