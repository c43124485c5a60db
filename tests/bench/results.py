"""Maps and feature services of many features: pictures and pages over HTTP.

Run alone with ``python -m tests.bench.results [--quick]``. The floor of a picture is
Parquet, shapely, aggdraw and Pillow alone, that of a page numpy, shapely and orjson.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import aggdraw
import numpy as np
import orjson
import pyarrow.parquet as pq
import requests
import shapely
from PIL import Image

from tests.bench import data
from tests.server import portal

SERVICES = "/server/rest/services"
SIZE = (1024, 768)
PAGE = 2000
#: Squares of a tenth of a degree all over the world in a hosted layer named Million.
HOST = """
import numpy as np, pyarrow as pa, shapely
from jobs.models.hosted import HostedLayer, HostedService
from services.geometry.features import FeatureSet
from services.stored import write_features
row = HostedService.objects.create(name="Million", access="everyone")
row.folder.mkdir(parents=True)
numbers = np.arange({count})
x, y = -180 + numbers % 2000 * 0.18, -85 + numbers // 2000 * (340_000 / {count})
shapes = shapely.box(x, y, x + 0.1, y + 0.1)
columns = {{"id": numbers, "name": pa.array([f"place {{at}}" for at in numbers])}}
write_features(FeatureSet.of(shapes, columns), row.folder / "layer.parquet")
HostedLayer.objects.create(service=row, number=0, name="Squares",
    file="layer.parquet", count=len(numbers))
"""


def host(*, quick: bool) -> str:
    """Return the Python that makes the hosted layer, of fewer squares if ``quick``."""
    return HOST.format(count=100_000 if quick else 1_000_000)


def measured(
    session: requests.Session, address: str, folder: Path, *, quick: bool
) -> dict[str, Any]:
    """Return seconds of pictures and milliseconds of a page, with their floors."""
    counts = (10_000,) if quick else (10_000, 100_000)
    return {
        "export": [_export(session, address, folder, count) for count in counts],
        "page": _page(session, f"{address}{SERVICES}/Hosted/Million/FeatureServer/0",
                      folder),
    }  # fmt: skip


def _export(
    session: requests.Session, address: str, folder: Path, count: int
) -> dict[str, Any]:
    """Return the best seconds of a picture of the world with discs of 50 km."""
    task = f"{address}{SERVICES}/Samples/BufferMap/GPServer/Buffer"
    form = {"f": "json", "Input_Features": data.points(count),
            "Distance": '{"distance":50,"units":"esriKilometers"}'}  # fmt: skip
    answer = session.post(f"{task}/submitJob", form).json()
    if "jobId" not in answer:
        raise RuntimeError(f"the job was refused: {answer}")
    job = answer["jobId"]
    while (state := session.get(f"{task}/jobs/{job}?f=json").json())["jobStatus"] in (
        "esriJobSubmitted", "esriJobExecuting",
    ):  # fmt: skip
        time.sleep(0.1)
    if state["jobStatus"] != "esriJobSucceeded":
        raise RuntimeError(f"the job ended as {state}")
    url = f"{address}{SERVICES}/Samples/BufferMap/MapServer/jobs/{job}/export"
    asked = {"f": "image", "format": "png32", "bbox": "-180,-85,180,85",
             "bboxSR": "4326", "size": f"{SIZE[0]},{SIZE[1]}"}  # fmt: skip
    taken = {}
    for reference in ("4326", "3857"):
        seconds = []
        for _ in range(4):
            began = time.perf_counter()
            answer = session.get(url, params=asked | {"imageSR": reference})
            seconds.append(time.perf_counter() - began)
            if answer.headers["Content-Type"] != "image/png":
                raise RuntimeError(answer.text[:300])
        taken[reference] = min(seconds), max(seconds)
    [file] = folder.glob(f"**/{job}/**/*.parquet")
    floor = min(_seconds_drawn(file) for _ in range(2))
    return {
        "count": count, "seconds": taken["4326"][0], "first_s": taken["4326"][1],
        "mercator_s": taken["3857"][0], "floor_s": floor,
        "ratio": taken["4326"][0] / floor,
    }  # fmt: skip


def _seconds_drawn(file: Path) -> float:
    """Return what the libraries alone take to draw all polygons of a file."""
    began = time.perf_counter()
    shapes = shapely.from_wkb(pq.read_table(file).column("geometry").to_numpy())
    _, xy, offsets = shapely.to_ragged_array(shapes)
    scale = SIZE[0] / 360
    flat = ((xy - (-180, 135)) * (scale, -scale)).ravel().tolist()
    image = Image.new("RGBA", SIZE)
    canvas = aggdraw.Draw(image)
    pen, brush = aggdraw.Pen((0, 121, 193), 2), aggdraw.Brush((0, 121, 193), 110)
    ends = (2 * offsets[0]).tolist()
    for start, end in zip(ends[:-1], ends[1:], strict=True):
        canvas.polygon(flat[start:end], pen, brush)
    canvas.flush()
    image.save(io.BytesIO(), "PNG", compress_level=4)
    return time.perf_counter() - began


def _page(session: requests.Session, layer: str, folder: Path) -> dict[str, Any]:
    """Return the median milliseconds of a page within a box, after a warm-up."""
    asked = {
        "f": "json", "outFields": "*", "geometry": "-20,-20,20,20", "inSR": "4326",
        "geometryType": "esriGeometryEnvelope", "resultRecordCount": str(PAGE),
    }  # fmt: skip
    taken = []
    for _ in range(40):
        began = time.perf_counter()
        body = session.get(f"{layer}/query", params=asked).content
        taken.append((time.perf_counter() - began) * 1e3)
        if body.count(b'"geometry"') != PAGE:
            raise RuntimeError(body[:300].decode())
    [file] = folder.glob("**/layer.parquet")
    floor = _milliseconds_written(file)
    median = statistics.median(taken[15:])
    return {"median_ms": median, "first_ms": taken[0], "floor_ms": floor,
            "ratio": median / floor}  # fmt: skip


def _milliseconds_written(file: Path) -> float:
    """Return what the libraries alone take to write a page of features in a box."""
    table = pq.read_table(file)
    wkb = table.column("geometry")
    bounds = shapely.bounds(shapely.from_wkb(wkb.to_numpy()))
    taken = []
    for _ in range(10):
        began = time.perf_counter()
        near = (bounds[:, 0] <= 20) & (bounds[:, 2] >= -20)
        near &= (bounds[:, 1] <= 20) & (bounds[:, 3] >= -20)
        rows = np.flatnonzero(near)[:PAGE]
        shapes = shapely.from_wkb(wkb.take(rows).to_numpy())
        rings = np.split(shapely.get_coordinates(shapes), len(shapes))
        values = table.select(["id", "name"]).take(rows).to_pylist()
        orjson.dumps(
            [{"attributes": one, "geometry": {"rings": [ring]}}
             for one, ring in zip(values, rings, strict=True)],
            option=orjson.OPT_SERIALIZE_NUMPY,
        )  # fmt: skip
        taken.append((time.perf_counter() - began) * 1e3)
    return statistics.median(taken)


def peak_web_megabytes(server: int) -> float:
    """Return the largest resident set of a web process, children that compute apart."""
    peak = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            command = (status.parent / "cmdline").read_bytes()
            lines = status.read_text().splitlines()
            parent = (status.parent / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if b"gunicorn" in command and str(server) in (parent, status.parent.name):
            peak = max(
                [peak, *(int(one.split()[1]) for one in lines if "VmHWM" in one)]
            )
    return peak / 1024


def report(found: dict[str, Any]) -> None:
    """Print the table."""
    for row in found["export"]:
        print(
            f"export of {row['count']:>7} polygons, 1024 x 768: {row['seconds']:.2f} s"
            f" (first {row['first_s']:.2f} s, Web Mercator {row['mercator_s']:.2f} s),"
            f" floor {row['floor_s']:.2f} s, ratio {row['ratio']:.2f}"
        )
    page = found["page"]
    print(
        f"page of {PAGE} features in a box: {page['median_ms']:.0f} ms"
        f" (first {page['first_ms']:.0f} ms), floor {page['floor_ms']:.0f} ms,"
        f" ratio {page['ratio']:.2f}"
    )
    print(f"largest web process: {found['web_mb']:.0f} MB")


def main() -> None:
    """Measure results alone and print."""
    from tests.bench.__main__ import SETUP

    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="at most 10,000 polygons")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="cairn-bench-") as name,
        portal(Path(name), SETUP + host(quick=options.quick),
               "tests.bench.settings", CAIRN_RUN_WAIT_SECONDS="120") as (address, pids),
    ):  # fmt: skip
        found = measured(requests.Session(), address, Path(name), quick=options.quick)
        found["web_mb"] = peak_web_megabytes(pids[0])
    report(found)


if __name__ == "__main__":
    main()
