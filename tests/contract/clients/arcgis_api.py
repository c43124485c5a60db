"""Scenarios of the ArcGIS API for Python, one after another in one process.

Runs in the client's own environment, not in the portal's. Each line of the input is
``[scenario, {argument: value}]``, each line of the output its outcome:
``{"value", "requests"}`` or ``{"error", "requests"}``.
"""

from __future__ import annotations

import io
import json
import socket
import sys
import time
from datetime import UTC, datetime
from types import FunctionType
from typing import Any
from urllib.parse import urlsplit

import requests

_SENT: list[str] = []
_connect = socket.socket.connect
_send = requests.Session.send


def _connect_here(self: socket.socket, address: Any) -> None:
    """Connect to this machine only: no scenario may reach for another."""
    if isinstance(address, tuple) and address[0] != "127.0.0.1":
        raise OSError(f"a connection to {address[0]}")
    _connect(self, address)


def _send_noted(
    self: requests.Session, request: requests.PreparedRequest, **options: Any
) -> requests.Response:
    """Send a request and note it."""
    _SENT.append(f"{request.method} {urlsplit(request.url).path}")
    return _send(self, request, **options)


socket.socket.connect = _connect_here  # type: ignore[method-assign,assignment]
requests.Session.send = _send_noted  # type: ignore[method-assign]

from arcgis.auth import EsriGenTokenAuth, EsriSession  # noqa: E402
from arcgis.features import FeatureSet  # noqa: E402
from arcgis.geoprocessing import DataFile, LinearUnit, import_toolbox  # noqa: E402
from arcgis.geoprocessing._uploads import Uploads  # noqa: E402


def described(value: Any) -> Any:
    """Return what a function of a toolbox returned, as plain JSON with its type."""
    if isinstance(value, tuple):
        return {name: described(one) for name, one in value._asdict().items()}
    plain = value
    if isinstance(value, FeatureSet | LinearUnit | DataFile):
        plain = value.to_dict()
    return {"type": type(value).__name__, "value": plain}


def buffered(toolbox: Any, points: dict, distance: dict, **others: Any) -> Any:
    """Call Buffer with the client's own classes."""
    return toolbox.buffer(
        FeatureSet.from_dict(points),
        LinearUnit(distance["distance"], distance["units"].removeprefix("esri")),
        **others,
    )


def describe(url: str) -> Any:
    """Import a toolbox; return its functions with the names of their arguments."""
    return {
        name: one.__code__.co_varnames[: one.__code__.co_argcount]
        for name, one in _functions(import_toolbox(url)).items()
    }


def import_all(urls: list[str]) -> list[list[str]]:
    """Import toolboxes; return the names of their functions."""
    return [list(_functions(import_toolbox(url))) for url in urls]


def _functions(toolbox: Any) -> dict[str, FunctionType]:
    """Return the functions that were made of the service's description."""
    return {
        name: one
        for name, one in vars(toolbox).items()
        if isinstance(one, FunctionType) and one.__code__.co_filename == "<string>"
    }


def buffer(url: str, points: dict, distance: dict) -> Any:
    """Buffer and wait."""
    return described(buffered(import_toolbox(url), points, distance))


def frame(url: str, points: dict, distance: dict) -> Any:
    """Buffer a spatially enabled data frame; return the result's as records."""
    unit = LinearUnit(distance["distance"], distance["units"])
    given = FeatureSet.from_dict(points).sdf
    table = import_toolbox(url).buffer(given, unit).sdf
    shapes = [one["rings"] for one in table["SHAPE"]]
    return {
        "columns": list(table.columns),
        "rings": shapes,
        "name": list(table["name"]),
    }


def looked_at(url: str, points: dict, distance: dict) -> Any:
    """Buffer a feature set whose data frame was looked at: it carries SHAPE since."""
    given = FeatureSet.from_dict(points)
    assert len(given.sdf) == len(points["features"])
    unit = LinearUnit(distance["distance"], distance["units"])
    return described(import_toolbox(url).buffer(given, unit))


def send(url: str, task: str, arguments: dict) -> Any:
    """Call a function with arguments as they are."""
    return described(getattr(import_toolbox(url), task)(**arguments))


def defaults(url: str, task: str) -> Any:
    """Call a function without arguments."""
    return described(getattr(import_toolbox(url), task)())


def echo(url: str, values: dict) -> Any:
    """Echo values; those of a kind with a class of the client are given as such."""
    made = dict(values)
    made["in_date"] = datetime.fromtimestamp(values["in_date"] / 1000, tz=UTC)
    made["in_unit"] = LinearUnit.from_dict(values["in_unit"])
    for name in ("in_features", "in_table"):
        made[name] = FeatureSet.from_dict(values[name])
    return described(import_toolbox(url).echo(**made))


def future(url: str, points: dict, distance: dict) -> Any:
    """Start a job and look at it from outside until it is done."""
    job = buffered(import_toolbox(url), points, distance, future=True)
    value = described(job.result())
    return {"value": value, "status": job.status, "messages": job.messages}


def cancel(url: str, seconds: float) -> Any:
    """Start Sleep, cancel it while it runs, and wait for its end."""
    job = import_toolbox(url).sleep(seconds, future=True)
    _until(job, "esriJobExecuting")
    done = job.cancel()
    _until(job, "esriJobCancelled")
    return {"done": done, "cancelled": job.cancelled(), "messages": job.messages}


def _until(job: Any, status: str) -> None:
    for _ in range(300):
        if job.status == status:
            return
        time.sleep(0.1)
    raise TimeoutError(f"the job never was {status}")


def fail(url: str, message: str) -> Any:
    """Run the tool that fails."""
    return import_toolbox(url).fail(message)


def session(sign_in: dict, tokens: str) -> EsriSession:
    """Return a session that gets itself a token of the server."""
    made = EsriSession()
    made.auth = EsriGenTokenAuth(
        token_url=tokens, referer="http", username=sign_in["username"],
        password=sign_in["password"], session=made,
    )  # fmt: skip
    return made


def secured(url: str, points: dict, distance: dict, sign_in: dict, tokens: str) -> Any:
    """Buffer with a secured service."""
    made = session(sign_in, tokens)
    toolbox = import_toolbox(url, gis=made)
    return described(buffered(toolbox, points, distance, gis=made))


def upload(url: str, name: str, pieces: list[str]) -> Any:
    """Upload a text, in parts if there are several; reverse its lines; delete it."""
    uploads = Uploads(url, EsriSession())
    limit = uploads.info["maxUploadFileSize"]
    if len(pieces) == 1:
        item = uploads.upload(io.BytesIO(pieces[0].encode()), file_name=name)
    else:
        item = uploads.register(name)
        for number, piece in enumerate(pieces, 1):
            content = io.BytesIO(piece.encode())
            item.upload_by_part(number, content, part_name=f"part{number}.txt")
        item.commit(parts=list(range(1, len(pieces) + 1)))
    about = item.properties
    given = DataFile(item_id=about["itemID"])
    result = import_toolbox(url).reverse_lines(given)
    text = requests.get(result.url, timeout=30).content.decode()
    return {"limit": limit, "item": about, "text": text, "deleted": item.delete()}


def main() -> None:
    """Answer each line of the input; what the client prints goes elsewhere."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        scenario, given = json.loads(line)
        _SENT.clear()
        try:
            outcome = {"value": globals()[scenario](**given)}
        except Exception as error:  # noqa: BLE001  (the test looks at its text)
            outcome = {"error": {"type": type(error).__name__, "text": str(error)}}
        text = json.dumps({**outcome, "requests": _SENT}, default=str)
        print(text, file=answers, flush=True)


if __name__ == "__main__":
    main()
