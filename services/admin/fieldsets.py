"""How the page of a service is laid out."""

from __future__ import annotations

from typing import Any

DESCRIPTION = (
    "folder", "name", "title", "summary", "description", "tags", "access_information",
    "license_info",
)  # fmt: skip
EXECUTION = (
    "execution_type", "max_run_seconds", "max_wait_seconds", "priority",
    ("max_running", "max_running_per_user"), ("max_queued", "max_queued_per_user"),
)  # fmt: skip
OUTPUT = (
    "maximum_records", "message_level", "result_map_server", "hosted_output",
    ("keep_jobs_hours", "keep_jobs_mb"),
)  # fmt: skip
UPLOADS = ("uploads", "max_upload_mb", "allowed_upload_types")
ACCESS = ("access", "allowed_groups", "allowed_users")
ADVANCED = (
    ("max_memory_mb", "max_disk_mb", "max_request_mb"),
    ("max_features", "max_vertices"), "max_depth", "input_extent",
    ("max_zip_entries", "max_zip_ratio", "max_unzipped_mb"), "max_page_rows",
)  # fmt: skip
STATUS = ("state_mark", "stop_reason", "links", "created", "updated")

_ACCESS_SAYS = (
    "Groups and users count while the access is for chosen ones. A service that goes"
    " with its folder is for whom the folder is."
)
_EXECUTION_SAYS = (
    "Clients wait for a synchronous run: for what takes some seconds. An asynchronous"
    " one is a job that they come back for."
)


def fieldsets(advanced: tuple[Any, ...] = (), status: tuple[str, ...] = STATUS) -> Any:
    """Return the fieldsets of a service; ``advanced`` come last in their section."""
    return (
        ("Description", {"fields": DESCRIPTION}),
        ("Execution", {"fields": EXECUTION, "description": _EXECUTION_SAYS}),
        ("Output", {"fields": OUTPUT}),
        ("Uploads", {"fields": UPLOADS}),
        ("Who can run", {"fields": ACCESS, "description": _ACCESS_SAYS}),
        ("Advanced", {"fields": (*ADVANCED, *advanced), "classes": ("collapse",)}),
        ("Status", {"fields": status}),
    )
