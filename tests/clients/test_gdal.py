"""GDAL, as QGIS and ogr2ogr have it, reads a layer over HTTP, page by page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from services import data
from services.samples import load_samples
from tests.conftest import ROOT

#: Run in a process of its own: the portal has most drivers of GDAL switched off.
_READ = """
import json, sys, pyogrio
meta, ids, shapes, values = pyogrio.raw.read(sys.argv[1], return_fids=False)
fields = list(meta["fields"])
print(json.dumps({
    "count": len(shapes), "fields": fields, "crs": meta["crs"],
    "geometry": meta["geometry_type"], "names": values[fields.index("name")].tolist(),
}))
"""


def read_layer(source: str) -> dict[str, Any]:
    """Return what GDAL reads from a source."""
    kept = {name: text for name, text in os.environ.items()
            if not name.startswith(("GDAL", "OGR", "CPL"))}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _READ, source],
        capture_output=True, text=True, env=kept, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.protocol("clients 1.28 OGR reads page by page")
def test_gdal_reads_all_pages_of_a_layer(live_server):
    load_samples()
    query = "where=1%3D1&outFields=*&f=json&resultRecordCount=50"
    url = f"{live_server.url}{ROOT}/Samples/World/FeatureServer/0/query?{query}"
    found = read_layer(f"ESRIJSON:{url}")
    countries = data.countries()
    assert found["count"] == 177
    assert sorted(found["names"]) == sorted(countries.column("name").to_pylist())
    assert found["crs"] == "EPSG:4326"
    assert {"name", "pop_est"} <= set(found["fields"])
