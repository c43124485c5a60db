"""Addresses of a service outside of the admin."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings

from services.models import Service


def rest_url(path: str) -> str:
    """Return the URL of a service or task in the Services Directory."""
    return quote(f"/{settings.CONTEXT}/rest/services/{path}")


def portal_url(service: Service, task_name: str = "") -> str:
    """Return the URL of a service, or one of its tasks, in the portal."""
    tail = f"{task_name}/" if task_name else ""
    return quote(f"/tools/{service.path}/{tail}")
