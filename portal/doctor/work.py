"""Database, broker, workers and queue; and a tool that runs in a child process."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import orjson
from django.conf import settings
from django.core.files.storage import InvalidStorageError
from django.db import DatabaseError, connection
from django.db.models.functions import Now
from django.utils import timezone

from jobs.child.call import Call, Limits
from jobs.files import storage
from jobs.files.spool import spooled
from jobs.models import Job, Worker
from jobs.processes.answers import taken
from jobs.processes.runner import InternalError, close_all, runner
from jobs.status import RUNNING
from jobs.workers.vitals import living_workers, vitals
from portal import preflight
from portal.doctor.finding import Finding, ok, warning, wrong
from services.errors import GPError, NotStored
from services.registry import installed
from services.tool import DeclarationError

_MOST_SECONDS_APART = 5.0
_LATE_SWEEPS = 3
_TOOL = "proximity.Buffer"
_POINT = (
    '{"geometryType":"esriGeometryPoint","spatialReference":{"wkid":4326},'
    '"features":[{"geometry":{"x":8.54,"y":47.37}}]}'
)


def database() -> tuple[bool, list[Finding]]:
    """Tell if the database answers and has all tables; first, whether to go on."""
    name = "Database"
    try:
        connection.ensure_connection()
        is_behind = preflight.is_behind()
    except DatabaseError as exc:
        text = f"The database does not answer ({preflight.first_line(exc)})."
        return False, wrong(name, text, "Start it, or check DATABASE_URL.")
    if is_behind:
        text = "The tables are older than the program."
        return False, wrong(name, text, "Run: manage.py migrate")
    text = f"{connection.display_name} answers, and its tables are up to date."
    return True, ok(name, text)


def clock() -> list[Finding]:
    """Tell how far this host's clock is from that of the database."""
    if connection.vendor == "sqlite":
        return []  # it asks this very clock
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [moment] = cursor.fetchone()
    apart = abs((timezone.now() - moment).total_seconds())
    text = f"The clocks of this host and of the database are {apart:.1f} s apart."
    if apart > _MOST_SECONDS_APART:
        advice = (
            "Let NTP set both: times of jobs and ends of tokens are by these clocks."
        )
        return wrong("Clock", text, advice)
    return ok("Clock", text)


def broker() -> list[Finding]:
    """Tell if what carries the doorbell answers."""
    try:
        preflight.check_broker()
    except preflight.Refusal as exc:
        text, _, advice = str(exc).rpartition(": ")
        return wrong("Broker", f"{text}.", advice[:1].upper() + advice[1:])
    where = "Redis" if settings.BROKER_URL else "The database"
    return ok("Broker", f"{where} carries the doorbell of the workers.")


def shared_store() -> list[Finding]:
    """Tell if the store that all hosts share takes and gives a file."""
    try:
        has_store = storage.try_out()
    except (NotStored, FileNotFoundError) as exc:
        text = f"The shared store failed: {exc.__cause__ or exc}."
        advice = "Check CAIRN_S3_BUCKET, CAIRN_S3_ENDPOINT and the keys of AWS."
        return wrong("Store", text, advice)
    except InvalidStorageError:
        return []  # the settings tell it
    if not has_store:
        return []
    return ok("Store", "The shared store took a file and gave it back.")


def workers() -> list[Finding]:
    """Tell which workers live, and which have gone silent."""
    living = list(living_workers())
    if not living:
        return wrong(
            "Workers",
            "No worker lives: jobs wait until one starts.",
            "Start one (manage.py worker; make run has one); worker.log says why the"
            " last one ended.",
        )
    hosts = ", ".join(sorted({one.host for one in living}))
    found = ok("Workers", f"{len(living)} live, on {hosts}.")
    for one in living:
        if one.wish:
            text = f"The one on {one} takes no jobs: {one.get_wish_display().lower()}."
            found += warning("Workers", text, "Resume it in the admin, under Workers.")
    silent = Worker.objects.exclude(pk__in=[one.pk for one in living])
    for one in silent.filter(seen_at__gt=Now() - timedelta(hours=1)):
        text = f"The one on {one} has not been heard of since {one.seen_at:%H:%M:%S}."
        found += warning("Workers", text, "If it was not stopped, look at its log.")
    return found


def queue() -> list[Finding]:
    """Tell if the queue moves, and if jobs are stuck."""
    found, name = vitals(), "Queue"
    text = f"{found.waiting} jobs wait and {found.running} run."
    if found.is_lagging:
        text += f" The oldest has waited for {found.oldest_wait_seconds:.0f} s"
        text += " although a worker has room."
        advice = "Restart the workers; no job is lost by that."
        findings = wrong(name, text, advice)
    else:
        findings = ok(name, text)
    late = timezone.now() - timedelta(seconds=_LATE_SWEEPS * settings.SWEEP_SECONDS)
    stuck = Job.objects.filter(status__in=RUNNING, lease_until__lt=late)
    names = list(stuck.order_by("lease_until").values_list("pk", flat=True)[:5])
    if names:
        text = f"Jobs lost their worker, and nobody took them: {', '.join(names)}."
        advice = "Start a worker: its sweep gives them to others or ends them."
        findings += wrong(name, text, advice)
    return findings


def sample_run() -> list[Finding]:
    """Tell if a tool runs in a child process of this host."""
    name, advice = "Sample run", "Run make test; the log has more about the reason."
    try:
        body = _buffered()
    except DeclarationError as exc:
        return wrong(name, f"A tool is declared wrongly: {exc}", "Mend it.")
    except (GPError, InternalError, OSError) as exc:
        return wrong(name, f"{_TOOL} failed: {preflight.first_line(exc)}.", advice)
    finally:
        close_all()
    features = orjson.loads(body)["results"][0]["value"]["features"]
    if len(features) == 1 and features[0]["geometry"]["rings"]:
        return ok(name, f"{_TOOL} ran in a child process.")
    return wrong(name, f"{_TOOL} gave no polygon.", advice)


def _buffered() -> bytes:
    """Return the document of a buffer around a point."""
    call = Call(
        kind="execute",
        tool_id=_TOOL,
        schema=orjson.dumps(installed(_TOOL).schema.to_json()),
        small={"Input_Features": _POINT, "Distance": "5 Kilometers"},
        limits=Limits(seconds=30),
        folder=str(Path(settings.SPOOL_DIR) / f"doctor-{secrets.token_hex(8)}"),
    )
    with spooled(call) as ready:
        return taken(runner(1).run(ready))
