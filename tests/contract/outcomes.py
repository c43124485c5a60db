"""Results that clients show: a map of discs, a hosted layer of several pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import requests

from tests.contract.site import Site
from tests.portal.processes import wait_for

#: Middles of the discs of the map, in degrees; their radius is 500 km.
DISCS = ((0.0, 0.0), (20.0, 0.0), (0.0, 20.0))
#: Features of the hosted layer; a page of it has 2,000.
MANY = 4500
_SECONDS = 120
_DONE = "esriJobSucceeded"


@dataclass(frozen=True)
class Outcomes:
    """Addresses of a result map and of the only layer of a hosted service."""

    map: str
    layer: str


def made(site: Site) -> Outcomes:
    """Run the jobs and return where their results are."""
    job = _run(site, "Samples/BufferMap", _points(DISCS), 500)
    service, _, number = job.partition("/GPServer")
    hosted = _run(site, "Samples/BufferHosted", _points(_grid(MANY)), 1)
    value = _ask(f"{hosted}/results/Output_Layer")["value"]
    layer = f"{service}/MapServer/jobs/{number.rpartition('/')[2]}"
    return Outcomes(layer, value["url"])


def _grid(count: int) -> list[tuple[float, float]]:
    """Return places in rows of 100, a tenth of a degree apart, from (-5, 40) on."""
    numbers = np.arange(count)
    x, y = -5 + numbers % 100 / 10, 40 + numbers // 100 / 10
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _points(places: Any) -> dict[str, Any]:
    return {
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 4326},
        "features": [
            {"geometry": {"x": x, "y": y}, "attributes": {"name": f"place {at}"}}
            for at, (x, y) in enumerate(places)
        ],
    }


def _run(site: Site, path: str, points: dict[str, Any], kilometres: float) -> str:
    """Run Buffer as a job; return the URL of the job that has succeeded."""
    unit = {"distance": kilometres, "units": "esriKilometers"}
    return succeeded(site.task(path, "Buffer"), Input_Features=points, Distance=unit)


def succeeded(task: str, **inputs: Any) -> str:
    """Run a job; return its URL once it has succeeded."""
    job = f"{task}/jobs/{_ask(f'{task}/submitJob', **inputs)['jobId']}"

    def is_done() -> bool:
        state = _ask(job)["jobStatus"]
        assert state in ("esriJobSubmitted", "esriJobExecuting", _DONE), state
        return state == _DONE

    wait_for(is_done, _SECONDS)
    return job


def _ask(url: str, **fields: Any) -> dict[str, Any]:
    form = {name: json.dumps(value) for name, value in fields.items()}
    answer: dict[str, Any] = requests.post(url, form | {"f": "json"}, timeout=60).json()
    assert "error" not in answer, answer
    return answer
