"""Pictures of a job's results: what is asked, the child that draws, their addresses.

A picture that a document names is at an address that holds all that is drawn, signed by
the portal: it opens without a token, for an hour, and lies on no disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpResponseBase

from jobs.access.signed import picture_address
from jobs.child.call import Call, Limits, Reply
from jobs.child.imagery import drawings_of
from jobs.child.layer_definitions import definitions_of, span_of
from jobs.files.spool import spooled
from jobs.maps.documents import extent_document
from jobs.maps.layers import MapLayer, full_extent, map_layers
from jobs.models import Job
from jobs.processes.answers import picture_response
from jobs.processes.runner import runner
from jobs.runs import calls
from services.drawing.files import FORMATS
from services.drawing.options import NAMES, Options, parse_options
from services.errors import InvalidValue
from services.form import Form, decode_form_value
from services.models import Service
from services.views import RestView

_DRAW_SECONDS = 60.0


def given(form: Form, names: Sequence[str]) -> dict[str, str]:
    """Return the parameters of a form by these names, large ones too."""
    large = {name.lower(): name for name in form.large}
    found = {}
    for name in names:
        if name.lower() not in large:
            found[name] = form.get(name)
            continue
        key = large[name.lower()]
        data = form.large[key]
        data = decode_form_value(data) if key in form.encoded else data
        found[name] = data.decode(errors="replace")
    return {name: text for name, text in found.items() if text}


def asked(form: Form, layers: Sequence[MapLayer], shown: Sequence[int]) -> Options:
    """Return what a form of export asks. Raises InvalidParameters."""
    ids = [one.id for one in layers if not one.is_table]
    extent = full_extent([one for one in layers if one.id in shown] or layers)
    form_given = given(form, NAMES)
    rasters = [one.to_json() for one in layers if one.raster]
    options = parse_options(
        form_given, ids, shown, extent, [one["id"] for one in rasters]
    )
    for one in rasters:
        drawings_of(one, options)
    definitions_of(form_given, ids)  # the child reads them; a bad one is told here
    span_of(form_given)
    return options


def settled(form: Form, options: Options) -> dict[str, str]:
    """Return a form of export that says everything, so that it needs no defaults."""
    frame = options.frame
    reference = orjson.dumps(frame.reference.to_json()).decode()
    made = {
        "bbox": ",".join(map(repr, frame.bounds)),
        "bboxSR": reference,
        "imageSR": reference,
        "size": f"{frame.width},{frame.height}",
        "dpi": repr(frame.dpi),
        "format": options.format,
        "transparent": str(options.transparent).lower(),
        "layers": "show:" + ",".join(map(str, options.layers)),
    }
    return made | given(form, ["dynamicLayers", "layerDefs", "time"])


def picture_document(
    view: RestView, job: Job, shown: Sequence[int] | None = None
) -> dict[str, Any]:
    """Return href, width, height, extent and scale of the picture that a view's form
    asks; ``shown`` are the layers that are drawn unless told otherwise.
    """  # noqa: D205
    layers = map_layers(job)
    options = asked(view.form, layers, _shown(layers, shown))
    frame = options.frame
    return {
        "href": _address(view, job, settled(view.form, options)),
        "width": frame.width,
        "height": frame.height,
        "extent": extent_document(frame.extent()),
        "scale": frame.scale,
    }


def picture(
    view: RestView, job: Job, shown: Sequence[int] | None = None
) -> HttpResponseBase:
    """Return the picture itself; see ``picture_document``."""
    layers = map_layers(job)
    options = asked(view.form, layers, _shown(layers, shown))
    return drawn(job, settled(view.form, options), layers)


def _shown(layers: Sequence[MapLayer], shown: Sequence[int] | None) -> list[int]:
    return [one.id for one in layers
            if not one.is_table and (shown is None or one.id in shown)]  # fmt: skip


def drawn(
    job: Job, form: Mapping[str, str], layers: Sequence[MapLayer]
) -> HttpResponseBase:
    """Let a child draw a settled form; return the file."""
    reply = ask(job, "export", form, [one for one in layers if not one.is_table])
    return picture_response(reply, FORMATS[form["format"]].media_type)


def ask(
    job: Job, kind: Any, form: Mapping[str, str], layers: Sequence[MapLayer]
) -> Reply:
    """Let a child do something with the stored layers of a job."""
    limits = calls.limits_of(job.service or Service())
    call = Call(
        kind=kind,
        small=dict(form),
        limits=Limits(
            seconds=min(limits.seconds, _DRAW_SECONDS), memory_mb=limits.memory_mb,
            maximum_records=limits.maximum_records,
        ),
        folder=str(job.results_folder),
        outputs=tuple(one.to_json() for one in layers),
    )  # fmt: skip
    with spooled(call) as ready:
        return runner().run(ready, wait=settings.RUN_WAIT_SECONDS)


def _address(view: RestView, job: Job, form: dict[str, str]) -> str:
    name = f"_ags_map.{FORMATS[form['format']].extension}"
    return picture_address(view, job, "MapServer", name, form)


def layer_number(job: Job, output: str) -> int:
    """Return the number of the layer of an output. Raises InvalidValue."""
    for one in map_layers(job):
        if one.output == output and not one.is_table:
            return one.id
    raise InvalidValue(f"{output} is not drawn")
