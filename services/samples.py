"""The sample services: what a fresh portal has to try."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from services.catalog import publish_new
from services.modelbox import import_model
from services.modeling.sample import NAME as CITY_REACH
from services.modeling.sample import sample_model
from services.models import Folder, Model, Service
from services.registry import installed, registry
from services.samplerows import (
    NOT_ANALYSIS,
    SAMPLES,
    TOOLBOX_TEXTS,
    Sample,
)


@transaction.atomic
def load_samples(*paths: str) -> list[Service]:
    """Publish the sample services that are not there yet; return the new ones.

    ``paths`` are those to publish, none means all. A service or model that exists is
    left alone, whatever an administrator made of it.
    """
    if not Model.objects.filter(name=CITY_REACH).exists():
        import_model(sample_model().to_json())
    there = {one.path for one in Service.objects.select_related("folder")}
    new = [
        sample
        for sample in (*SAMPLES, *_analysis())
        if (not paths or sample.path in paths) and sample.path not in there
    ]
    folders = _folders(sample.folder for sample in new)
    services = Service.objects.bulk_create(
        Service(
            folder=folders.get(sample.folder),
            name=sample.name,
            description=sample.description,
            execution_type=sample.execution,
            access=sample.access,
            **sample.properties,
        )
        for sample in new
    )
    publish_new(
        (service, [(installed(tool_id), name) for tool_id, name in sample.named_tools])
        for service, sample in zip(services, new, strict=True)
    )
    return services


def _folders(names: Iterable[str]) -> dict[str, Folder]:
    """Return folders by name, made if they are not there; none for the root."""
    return {
        name: Folder.objects.get_or_create(name=name)[0] for name in {*names} - {""}
    }


def _analysis() -> list[Sample]:
    boxes: dict[str, list[str]] = {}
    for tool_id in registry():
        boxes.setdefault(tool_id.partition(".")[0], []).append(tool_id)
    for box in NOT_ANALYSIS:
        boxes.pop(box, None)
    return [
        Sample(
            f"Analysis/{box.capitalize()}",
            TOOLBOX_TEXTS.get(box, f"The tools of the {box} toolbox."),
            tuple(tools),
            Service.Execution.ASYNCHRONOUS,
            properties={"maximum_records": 10_000, "uploads": True},
        )
        for box, tools in boxes.items()
    ]
