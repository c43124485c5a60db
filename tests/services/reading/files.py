"""Files of other programs, written by geopandas, pyogrio and pyarrow."""

from __future__ import annotations

import datetime as dt
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely

MOMENT = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
NAMES = ["Zürich", "Genève", "Bern"]


def towns(crs: Any = 4326, **columns: Any) -> geopandas.GeoDataFrame:
    """Three towns with a column of each type."""
    places = shapely.points([[8.54, 47.37], [6.14, 46.2], [7.44, 46.95]])
    given = {
        "name": NAMES,
        "small": np.array([1, 2, 3], np.int32),
        "big": np.array([2**40, 2, 3], np.int64),
        "share": [1.5, np.nan, 2.25],
        "flag": [True, False, True],
        "moment": pd.to_datetime([MOMENT, MOMENT, MOMENT]),
    } | columns
    frame = geopandas.GeoDataFrame(given, geometry=places, crs=4326)
    return frame.to_crs(crs)


def shapes(kind: str, crs: Any = 2056) -> geopandas.GeoDataFrame:
    """Two shapes of a kind, in metres of Switzerland."""
    made = {
        "polygon": [
            shapely.box(2.6e6, 1.2e6, 2.601e6, 1.201e6).difference(
                shapely.box(2.6002e6, 1.2002e6, 2.6004e6, 1.2004e6)
            ),
            shapely.MultiPolygon(
                [
                    shapely.box(2.6e6 + i, 1.2e6, 2.6e6 + i + 1, 1.2e6 + 1)
                    for i in (0, 5)
                ]
            ),
        ],
        "line": [
            shapely.LineString([[2.6e6, 1.2e6], [2.61e6, 1.21e6]]),
            shapely.MultiLineString(
                [[[2.6e6, 1.2e6], [2.6e6, 1.3e6]], [[2.7e6, 1.2e6], [2.7e6, 1.3e6]]]
            ),
        ],
        "multipoint": [
            shapely.MultiPoint([[2.6e6, 1.2e6], [2.61e6, 1.21e6]]),
            shapely.MultiPoint([[2.6e6, 1.2e6]]),
        ],
    }
    return geopandas.GeoDataFrame({"id": [1, 2]}, geometry=made[kind], crs=crs)


def zipped(folder: Path, *layers: geopandas.GeoDataFrame, **options: Any) -> Path:
    """A zip archive with a shapefile of each layer, ``layer0`` and so on."""
    without = options.pop("without", ())
    target = folder / "data.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, layer in enumerate(layers):
            with warnings.catch_warnings(action="ignore"):  # of what a .dbf cannot hold
                layer.to_file(folder / f"layer{index}.shp", engine="pyogrio", **options)
            for part in sorted(folder.glob(f"layer{index}.*")):
                if part.suffix not in without:
                    archive.write(part, f"deep/er/{part.name}")
                part.unlink()
    return target


def measured(path: Path, driver: str, texts: list[str], **columns: Any) -> Path:
    """A file with geometries given as WKT, Z and M included."""
    wkb = shapely.to_wkb(shapely.from_wkt(texts), output_dimension=4, flavor="iso")
    given = {"a": list(range(len(texts)))} | columns
    table = pa.table(given | {"geom": pa.array(wkb, pa.binary())})
    pyogrio.write_arrow(
        table, path, driver=driver, geometry_name="geom", geometry_type="Unknown",
        crs="EPSG:2056",
    )  # fmt: skip
    return path


def zip_of(path: Path, *entries: tuple[Any, bytes]) -> Path:
    """A zip archive of names (or ZipInfo) and bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def zip_of_parts(folder: Path, stem: str) -> Path:
    """A zip archive of the parts of a shapefile that lie in a folder."""
    parts = [(one.name, one.read_bytes()) for one in folder.glob(f"{stem}.*")]
    return zip_of(folder / f"{stem}.zip", *parts)


def shp_header(words: int, kind: int = 5) -> bytes:
    """The header of a .shp or .shx of so many 16-bit words."""
    return struct.pack(">i5ii", 9994, 0, 0, 0, 0, 0, words) + struct.pack(
        "<ii8d", 1000, kind, *[0.0] * 8
    )


def dbf_header(rows: int, width: int = 11) -> bytes:
    """The header of a .dbf with one text column."""
    column = b"NAME".ljust(11, b"\0") + b"C" + b"\0" * 4 + bytes([10, 0]) + b"\0" * 14
    head = bytes([3, 120, 1, 1]) + struct.pack("<IHH", rows, 65, width)
    return head + b"\0" * 20 + column + b"\r"
