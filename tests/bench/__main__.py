"""Run the bench: ``python -m tests.bench [--quick]``; prints a table and JSON.

With ``--million`` only ``tests.bench.million`` and ``tests.bench.large``, which take
some minutes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests

from tests.bench import data, floor, large, million, pages, rates, results
from tests.server import ROOT, peak_megabytes, portal

SERVICES = "/server/rest/services"
SETUP = """
from services.samples import load_samples
from services.models import Service
load_samples()
Service.objects.update(max_request_mb=512, max_features=1_000_000,
    max_vertices=100_000_000, maximum_records=1_000_000, max_run_seconds=600,
    max_memory_mb=12_000, max_queued=100_000)
"""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="at most 10,000 features")
    parser.add_argument("--json", type=Path, default=ROOT / "var" / "bench.json")
    parser.add_argument("--million", action="store_true",
                        help="a million features instead: a result, and tools")  # fmt: skip
    options = parser.parse_args()
    if options.million:
        million.measure()
        large.measure()
        return
    with (
        tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder,
        portal(Path(folder), SETUP + results.host(quick=options.quick),
               "tests.bench.settings") as (address, pids),
    ):  # fmt: skip
        session = requests.Session()
        session.headers["Accept-Encoding"] = "identity"  # the floor packs nothing
        found: dict[str, Any] = {"one": one_feature(session, address)}
        found["many"] = many_features(session, address, quick=options.quick)
        found["async"] = async_latency(session, address)
        found["results"] = results.measured(
            session, address, Path(folder), quick=options.quick
        )
        found["pages"] = pages.measured(address)
        found["results"]["web_mb"] = results.peak_web_megabytes(pids[0])
        found["peak_mb"] = round(peak_megabytes(pids))
    found["jobs"] = rates.jobs_a_second(SETUP, 100 if options.quick else 500)
    report(found)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(found, indent=2))
    print(f"\nwritten to {options.json.name} in {options.json.parent.name}/")


def _median_ms(call: Any, times: int) -> float:
    for _ in range(5):
        call()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1e3)
    return statistics.median(taken)


def _form(text: bytes) -> bytes:
    fields = {
        "f": "json",
        "Input_Features": text,
        "Distance": '{"distance":1,"units":"esriKilometers"}',
    }
    return urlencode(fields).encode()


def one_feature(session: requests.Session, address: str) -> dict[str, float]:
    """Return medians in ms of an empty DRF view and of Buffer with one point."""
    url = f"{address}{SERVICES}/Samples/Buffer/GPServer/Buffer/execute"
    body = _form(data.points(1))

    def ask(address: str) -> None:
        answer = session.post(address, data=body, headers=FORM)
        if not answer.ok or b"error" in answer.content:
            raise RuntimeError(f"{address} answered {answer.status_code}")

    empty = _median_ms(lambda: ask(f"{address}/empty"), 200)
    execute = _median_ms(lambda: ask(url), 200)
    return {"empty_ms": empty, "execute_ms": execute, "over_ms": execute - empty}


def many_features(
    session: requests.Session, address: str, *, quick: bool
) -> list[dict[str, Any]]:
    """Return, for each size and kind, seconds over HTTP, of the floor, and the ratio."""
    url = f"{address}{SERVICES}/Samples/Buffer/GPServer/Buffer/execute"
    rows = []
    for kind, make in (("points", data.points), ("polygons", data.polygons)):
        for count in (1000, 10_000) if quick else (1000, 10_000, 100_000):
            text = make(count)
            body = _form(text)
            served, floors = [], []
            for _ in range(8 if count <= 10_000 else 4):
                began = time.perf_counter()
                answer = _answer(session, url, body)
                served.append(time.perf_counter() - began)
                floors.append(floor.seconds(text))
            kept = answer.count(b'"geometry"')
            if kept != count:
                sys.exit(f"{kind} {count}: {kept} features came back: {answer[:300]!r}")
            best, base = min(served), min(floors)
            packed = _seconds_packed(session, url, body)
            rows.append({
                "kind": kind, "count": count, "form_mb": len(body) / 1e6,
                "served_s": best, "floor_s": base, "ratio": best / base,
                "us_a_feature": best / count * 1e6,
                "answer_mb": len(answer) / 1e6, "gzip_s": packed,
            })  # fmt: skip
    return rows


def _answer(session: requests.Session, url: str, body: bytes) -> bytes:
    """Return the body of an answer, read in one piece: chunks would cost the client."""
    with session.post(url, data=body, headers=FORM, stream=True) as response:
        read: bytes = response.raw.read()
    return read


def _seconds_packed(session: requests.Session, url: str, body: bytes) -> float:
    """Return the seconds of a run whose answer comes as gzip, not yet unpacked."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        with session.post(
            url, body, headers=FORM | {"Accept-Encoding": "gzip"}, stream=True
        ) as answer:
            answer.raw.read(decode_content=False)
        taken.append(time.perf_counter() - began)
    return min(taken)


def async_latency(session: requests.Session, address: str) -> dict[str, float]:
    """Return the median and maximum ms from submit to succeeded of a trivial job."""
    task = f"{address}{SERVICES}/Samples/Slow/GPServer/Sleep"
    taken = []
    for _ in range(40):
        began = time.perf_counter()
        job = session.post(f"{task}/submitJob", {"f": "json", "Seconds": "0"}).json()
        url = f"{task}/jobs/{job['jobId']}"
        while True:
            status = session.post(url, {"f": "json", "returnMessages": "false"}).json()
            if status["jobStatus"] not in ("esriJobSubmitted", "esriJobExecuting"):
                break
            time.sleep(0.005)
        if status["jobStatus"] != "esriJobSucceeded":
            sys.exit(f"a trivial job ended as {status}")
        taken.append((time.perf_counter() - began) * 1e3)
    return {"median_ms": statistics.median(taken), "max_ms": max(taken)}


def report(found: dict[str, Any]) -> None:
    """Print the table."""
    one = found["one"]
    print(f"\nexecute, one feature: {one['execute_ms']:.1f} ms,"
          f" empty view {one['empty_ms']:.1f} ms, over {one['over_ms']:.1f} ms")  # fmt: skip
    print(
        f"\n{'buffer':10}{'features':>10}{'form MB':>9}{'served s':>10}{'floor s':>9}{'ratio':>7}{'µs each':>9}{'answer MB':>11}{'gzip s':>8}"
    )
    for row in found["many"]:
        print(f"{row['kind']:10}{row['count']:>10}{row['form_mb']:>9.1f}{row['served_s']:>10.3f}"
              f"{row['floor_s']:>9.3f}{row['ratio']:>7.2f}{row['us_a_feature']:>9.1f}"
              f"{row['answer_mb']:>11.1f}{row['gzip_s']:>8.3f}")  # fmt: skip
    wait, jobs = found["async"], found["jobs"]
    print(f"\ntrivial job, submit to succeeded: median {wait['median_ms']:.0f} ms,"
          f" max {wait['max_ms']:.0f} ms")  # fmt: skip
    print(f"trivial jobs a second: {jobs['jobs_a_second']:.0f};"
          f" django-q2 alone, doing nothing: {jobs['queue_noop_a_second']:.0f}; ratio {jobs['ratio']:.2f}")  # fmt: skip
    results.report(found["results"])
    pages.report(found["pages"])
    print(f"largest process: {found['peak_mb']} MB")


if __name__ == "__main__":
    main()
