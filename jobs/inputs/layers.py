"""Content of a URL to files: a layer of a map or feature service page by page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from django.conf import settings

from jobs.inputs import outbound
from jobs.inputs.deadline import Deadline
from jobs.models.fetchhosts import HostRules, host_rules
from services.errors import InvalidValue
from services.files import Source
from services.wire import decode

_LAYER = re.compile(r"/(FeatureServer|MapServer)/\d+/?\Z", re.IGNORECASE)
_IMAGE_SERVICE = re.compile(r"/ImageServer/?\Z", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.\- ]+")
_MAX_PAGES = 1000
_MAX_IMAGE = 4096
_TOKEN_REQUIRED = 499
_MAX_ERROR = 2**16
_ANSWERED = "the service at its URL answered: "


@dataclass(slots=True)
class Bounds:
    """What one input may fetch: from where, until when, bytes and features in all."""

    rules: HostRules
    whole: Deadline
    max_features: int
    bytes_left: int

    @classmethod
    def now(cls, whole: Deadline, max_features: int) -> Bounds:
        """Return the bounds that hold now for one more input."""
        return cls(host_rules(), whole, max_features, settings.FETCH_BYTES)


def fetch(source: Source, folder: Path, bounds: Bounds) -> tuple[Path, ...]:
    """Write what lies at a source's URL into ``folder``; return the files.

    A layer is asked for all features that ``where`` and ``time`` select, an image
    service for its whole extent. Raises InvalidValue.
    """
    path = outbound.check(source.url, bounds.rules).path
    folder.mkdir(parents=True, exist_ok=True)
    if source.wanted in ("features", "table") and _LAYER.search(path):
        return tuple(_pages(source, folder, bounds))
    if source.wanted == "raster" and _IMAGE_SERVICE.search(path):
        return (_image(source, folder, bounds),)
    saved = _saved(source.url, source.token, folder / _file_name(path), bounds)
    if source.wanted not in ("features", "table"):
        return (saved,)
    _check_no_error(saved)
    return (_with_suffix(saved),)


def _check_no_error(path: Path) -> None:
    """Raise InvalidValue if a server has said in a document that it gives nothing."""
    if path.stat().st_size > _MAX_ERROR:
        return
    try:
        _refuse_error(decode(path.read_bytes()))
    except InvalidValue as exc:
        if str(exc).startswith(_ANSWERED):
            raise


def _with_suffix(path: Path) -> Path:
    """Return a file without an extension as ``.json``: the answer of a query."""
    if path.suffix:
        return path
    return path.rename(path.with_suffix(".json"))


def _file_name(path: str) -> str:
    name = _UNSAFE.sub("_", unquote(path).rpartition("/")[2]).strip(". ")
    return name[-100:] or "file"


def _saved(url: str, token: str, target: Path, bounds: Bounds) -> Path:
    deadline = Deadline.of_fetch(bounds.whole)
    url = _with_one_token(url, token)
    with (
        outbound.opened(url, token, bounds.rules, deadline) as response,
        target.open("wb") as file,
    ):
        for piece in outbound.pieces(response, bounds.bytes_left, deadline):
            bounds.bytes_left -= file.write(piece)
    return target


def _with_one_token(url: str, token: str) -> str:
    """Return the URL without a token of its own if the input gives one."""
    parts = urlsplit(url)
    kept = [one for one in parts.query.split("&")
            if not token or one.partition("=")[0].lower() != "token"]  # fmt: skip
    return urlunsplit(parts._replace(query="&".join(kept)))


def _with_query(url: str, below: str, **fields: str) -> str:
    """Return the URL of an operation; what its own query says stays."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | fields
    path = parts.path.rstrip("/") + below
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(query), ""))


def _document(url: str, token: str, target: Path, bounds: Bounds) -> Any:
    """Return the JSON document at a URL. Raises InvalidValue for an error document.

    Old servers look for a token in the query alone: they are asked once more.
    """
    document = decode(_saved(url, token, target, bounds).read_bytes())
    error = document.get("error") if isinstance(document, dict) else None
    if token and isinstance(error, dict) and error.get("code") == _TOKEN_REQUIRED:
        return _document(_with_query(url, "", token=token), "", target, bounds)
    _refuse_error(document)
    return document


def _refuse_error(document: Any) -> None:
    error = document.get("error") if isinstance(document, dict) else None
    if isinstance(error, dict):
        text = f"{error.get('code', '')} {error.get('message', '')}".strip()
        raise InvalidValue(f"{_ANSWERED}{text[:200]}")


def _pages(source: Source, folder: Path, bounds: Bounds) -> Iterator[Path]:
    """Yield the pages of a layer's query, Esri JSON each, in their order."""
    layer = _document(
        _with_query(source.url, "", f="json"),
        source.token,
        folder / "layer.json",
        bounds,
    )
    if not isinstance(layer, dict):
        raise InvalidValue("expected the URL of a layer")
    fields = {
        "where": source.where or "1=1",
        "outFields": "*",
        "returnGeometry": "true" if layer.get("geometryType") else "false",
        "f": "json",
    }
    fields |= {name: "true" for has, name in (("hasZ", "returnZ"), ("hasM", "returnM"))
               if layer.get(has)}  # fmt: skip
    if source.time:
        fields["time"] = source.time
    can_page = (layer.get("advancedQueryCapabilities") or {}).get("supportsPagination")
    read = 0
    for number in range(_MAX_PAGES):
        paging = {"resultOffset": str(read)} if can_page and read else {}
        url = _with_query(source.url, "/query", **fields, **paging)
        target = folder / f"page{number}.json"
        page = _document(url, source.token, target, bounds)
        if not isinstance(page, dict) or not isinstance(page.get("features"), list):
            raise InvalidValue("expected a feature set from the layer at its URL")
        yield target
        read += len(page["features"])
        if read > bounds.max_features:
            raise InvalidValue(
                f"the layer has more than the {bounds.max_features} features that this"
                " service accepts: select fewer with a filter"
            )
        if not page.get("exceededTransferLimit") or not page["features"]:
            return
        if not can_page:
            raise InvalidValue(
                f"the layer gives no more than {read} features at a time and cannot"
                " page: select fewer with a filter"
            )
    raise InvalidValue(f"the layer has more than {_MAX_PAGES} pages")


def _image(source: Source, folder: Path, bounds: Bounds) -> Path:
    """Return the GeoTIFF of an image service's whole extent, at most 4096 wide."""
    service = _document(
        _with_query(source.url, "", f="json"),
        source.token,
        folder / "service.json",
        bounds,
    )
    try:
        extent = service["fullExtent"]
        box = [float(extent[name]) for name in ("xmin", "ymin", "xmax", "ymax")]
        cell = max(float(service["pixelSizeX"]), (box[2] - box[0]) / _MAX_IMAGE)
        width, height = (box[2] - box[0]) / cell, (box[3] - box[1]) / cell
    except (TypeError, KeyError, ValueError, ZeroDivisionError):
        raise InvalidValue("expected an image service with an extent") from None
    url = _with_query(
        source.url,
        "/exportImage",
        bbox=",".join(map(repr, box)),
        size=f"{max(1, round(width))},{max(1, min(round(height), _MAX_IMAGE))}",
        format="tiff",
        f="image",
    )
    return _saved(url, source.token, folder / "image.tif", bounds)
