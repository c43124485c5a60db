"""A result of a million features: written, paged through, downloaded in each format.

``python -m tests.bench.million [--only pages,csv,...]`` prints seconds, sizes, counts
and peaks of memory of each step; the limits are those of a fresh service.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pyogrio
import requests

from tests.server import portal

COUNT = 1_000_000
SIDE = 100  # polygons, each with a hundredth of the points
PAGE = 2000
SERVICES = "/server/rest/services"
TASK = f"{SERVICES}/Bench/Points/GPServer/CreateRandomPoints"
SETUP = """
from services.catalog import publish
from services.models import Folder, Service
from services.registry import installed
folder = Folder.objects.create(name="Bench", access="everyone")
service = Service.objects.create(folder=folder, name="Points", access="everyone",
    execution_type=Service.Execution.ASYNCHRONOUS, hosted_output=True)
publish(installed("sampling.CreateRandomPoints"), service)
"""
_FORMATS = ("geojson", "shapefile", "gpkg", "csv", "kml", "kmz", "flatgeobuf",
            "geoparquet", "esrijson", "xlsx")  # fmt: skip
ALL = ("pages", *_FORMATS)
_COUNTED = 2**20
_BUSY = 503


def main() -> None:
    """Measure what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(ALL))
    measure(parser.parse_args().only.split(","))


def measure(wanted: Sequence[str] = ALL) -> None:
    """Measure and print; end the program if a count is wrong."""
    with (
        tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder,
        portal(Path(folder), SETUP) as (address, pids),
    ):
        print(
            f"{'step':12}{'seconds':>9}{'MB':>9}{'count':>10}{'web MB':>8}{'child MB':>10}"
        )
        with _step("write", pids) as row:
            job = _run(address)
            result = requests.get(
                f"{job}/results/Output_Features", {"f": "json"}
            ).json()
            layer = result["value"]["url"]
            told = requests.get(
                f"{job}/results/Output_Features/download", {"f": "json"}
            )
            row["count"] = told.json()["count"]
        if "pages" in wanted:
            with _step("pages", pids) as row:
                row["count"] = _paged(layer)
        for name in (one for one in _FORMATS if one in wanted):
            target = Path(folder) / name
            with _step(name, pids) as row:
                url = f"{job}/results/Output_Features/download"
                row["bytes"] = _saved(f"{url}?format={name}", target)
            row["count"] = _count(name, target)
            print(
                f"{'':12}{_again(f'{url}?format={name}'):9.3f} again, counted {row['count']}"
            )
            target.unlink()
            if row["count"] != COUNT:
                sys.exit(f"{name} has {row['count']} features")


@contextmanager
def _step(name: str, pids: list[int]) -> Iterator[dict[str, Any]]:
    """Time a step; print its seconds, and the peaks of memory that it had."""
    for path in _processes(pids):
        with suppress(OSError):
            (path / "clear_refs").write_text("5")  # forget the peak so far
    row: dict[str, Any] = {"bytes": 0, "count": 0}
    began = time.perf_counter()
    yield row
    seconds = time.perf_counter() - began
    web, child = _peaks(pids)
    print(f"{name:12}{seconds:9.2f}{row['bytes'] / 1e6:9.1f}{row['count']:>10}"
          f"{web:>8.0f}{child:>10.0f}", flush=True)  # fmt: skip


def _processes(pids: list[int]) -> list[Path]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(path.name)) in pids:
                found.append(path)
    return found


def _peaks(pids: list[int]) -> tuple[float, float]:
    """Return the largest resident sets in MB: of those that serve, of those that compute.

    What computes leads a group of processes.
    """
    serving = computing = 0
    for path in _processes(pids):
        with suppress(OSError):
            match = re.search(r"VmHWM:\s+(\d+)", (path / "status").read_text())
            peak, pid = int(match[1]) if match else 0, int(path.name)
            if os.getpgid(pid) == pid and pid not in pids:
                computing = max(computing, peak)
            else:
                serving = max(serving, peak)
    return serving / 1024, computing / 1024


def _run(address: str) -> str:
    """Run the job; return its address."""
    rings = []
    for n in range(SIDE):
        x, y = n % 10, n // 10
        rings.append([[x, y], [x, y + 1], [x + 1, y + 1], [x + 1, y], [x, y]])
    polygons = {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 4326},
        "features": [{"geometry": {"rings": [ring]}, "attributes": {"name": f"Feld {n} é"}}
                     for n, ring in enumerate(rings)],
    }  # fmt: skip
    form = {"f": "json", "Constraining_Features": json.dumps(polygons),
            "Number_of_Points": COUNT // SIDE, "Seed": 1}  # fmt: skip
    while "jobId" not in (
        answer := requests.post(f"{address}{TASK}/submitJob", form).json()
    ):
        if answer.get("error", {}).get("code") != _BUSY:
            sys.exit(str(answer))
        time.sleep(1)
    job = f"{address}{TASK}/jobs/{answer['jobId']}"
    while True:
        document = requests.get(job, {"f": "json"}).json()
        if document["jobStatus"] == "esriJobSucceeded":
            return job
        if document["jobStatus"] not in ("esriJobSubmitted", "esriJobExecuting"):
            sys.exit(str(document))
        time.sleep(0.1)


def _paged(layer: str) -> int:
    """Return how many ids all pages of a layer have; stop if one comes twice."""
    session = requests.Session()
    ids: list[int] = []
    query = {"f": "json", "where": "1=1", "outFields": "*", "resultRecordCount": PAGE}
    while True:
        page = session.get(f"{layer}/query", params=query | {"resultOffset": len(ids)})
        document = page.json()
        name = document["objectIdFieldName"]
        ids += [one["attributes"][name] for one in document["features"]]
        if not document.get("exceededTransferLimit"):
            break
    if len(np.unique(ids)) != len(ids):
        sys.exit("an id came twice")
    return len(ids)


def _saved(url: str, target: Path) -> int:
    while requests.head(url).status_code == _BUSY:
        time.sleep(1)
    with requests.get(url, stream=True) as answer, target.open("wb") as file:
        if answer.headers["Content-Type"].startswith("text/html"):
            sys.exit(answer.text[:2000])
        for piece in answer.iter_content(_COUNTED):
            file.write(piece)
    return target.stat().st_size


def _again(url: str) -> float:
    """Return the seconds of a range of a file that is there."""
    began = time.perf_counter()
    answer = requests.get(url, headers={"Range": "bytes=-100000"})
    if answer.status_code != 206:
        sys.exit(f"{url} answered {answer.status_code}")
    return time.perf_counter() - began


def _count(name: str, path: Path) -> int:
    """Return the features of a file, as another library or a search counts them."""
    if name == "geoparquet":
        return int(pq.read_metadata(path).num_rows)
    if name == "csv":
        with path.open(newline="", encoding="utf-8-sig") as file:
            return sum(1 for _ in csv.reader(file)) - 1
    if name in ("geojson", "esrijson", "kml"):
        mark = {
            "geojson": b'"Feature"',
            "esrijson": b'"attributes"',
            "kml": b"<Placemark>",
        }
        with path.open("rb") as file:
            return _occurrences(file, mark[name])
    if name in ("kmz", "xlsx"):
        inside, mark = ("doc.kml", b"<Placemark>") if name == "kmz" else (
            "xl/worksheets/sheet1.xml", b"<row>")  # fmt: skip
        with zipfile.ZipFile(path) as kit, kit.open(inside) as file:
            return _occurrences(file, mark) - (name == "xlsx")
    named = path.with_suffix({"shapefile": ".zip", "gpkg": ".gpkg"}.get(name, ".fgb"))
    path.rename(named)
    try:
        return int(pyogrio.read_info(named)["features"])
    finally:
        named.rename(path)


def _occurrences(file: Any, mark: bytes) -> int:
    """Return how often a mark occurs in a file, which is read in pieces."""
    count, tail = 0, b""
    while piece := file.read(_COUNTED):
        text = tail + piece
        count += text.count(mark)
        tail = text[len(text) - len(mark) + 1 :]
    return count


if __name__ == "__main__":
    main()
