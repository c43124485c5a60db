"""Addresses of pages: the one place that writes services and jobs into them."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings

#: Stands for "no folder" in the address of a service.
ROOT_FOLDER = "-"


def service_url(path: str) -> str:
    """Return the address of a service's page; the path is ``Folder/Name`` or a name."""
    folder, _, name = path.rpartition("/")
    return f"/tools/{quote(folder or ROOT_FOLDER)}/{quote(name)}/"


def tool_url(path: str, task: str) -> str:
    """Return the address of the page that runs a task."""
    return f"{service_url(path)}{quote(task)}/"


def job_url(job_id: str) -> str:
    """Return the address of a job's page."""
    return f"/jobs/{job_id}/"


def rest_url(path: str, task: str = "", job_id: str = "") -> str:
    """Return the REST address of a service, a task or a job, without the host."""
    parts = [f"/{settings.CONTEXT}/rest/services", quote(path), "GPServer"]
    parts += [quote(task)] if task else []
    parts += ["jobs", job_id] if job_id else []
    return "/".join(parts)
