"""Every address of the portal with its rule: what each kind of caller gets there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver

ADMIN = "admin"  # the namespace of the Django admin
ADMINISTRATOR_API = "admin-"  # how the names of its resources begin

REST = "/server/rest"
SERVICE = f"{REST}/services/Secret/Echo/GPServer"
SYNC = f"{REST}/services/Secret/Sync/GPServer"
JOB = SERVICE + "/Echo/jobs/{job}"
MAPS = f"{REST}/services/Secret/Echo/MapServer"
MAP = MAPS + "/jobs/{job}"
RASTER = f"{REST}/services/Secret/Echo/ImageServer/jobs/{{raster}}/Out_Raster"
ITEM = SERVICE + "/uploads/{item}"
FEATURES = f"{REST}/services/Hosted/{{hosted}}/FeatureServer"
OUTPUT = f"{REST}/directories/arcgisoutput"

#: What a renderer is made of.
CLASSES = {
    "classificationDef": '{"type": "uniqueValueDef", "uniqueValueFields": ["OBJECTID"]}'
}

PASSES = "passes"
ASKED = 499  # for a token
REFUSED = 498  # the token
HIDDEN = 404  # as if it were not there
UNKNOWN = "unknown job or item"
LOGIN = "to the login"
FORBIDDEN = 403

#: Tokens of the owner that do not count.
BAD_TOKENS = ("expired", "revoked", "wrong referer", "wrong ip")


def _rule(none: Any, stranger: Any, member: Any, owner: Any, bad: Any = REFUSED,
          link: Any = None) -> dict[str, Any]:  # fmt: skip
    """Return the outcomes by caller; a link that opens nothing is as no token."""
    return {
        "none": none, "stranger": stranger, "member": member,
        **dict.fromkeys(BAD_TOKENS, bad),
        "dead link": none, "link": none if link is None else link, "owner": owner,
    }  # fmt: skip


#: By kind of surface, by caller. The service is for a group, in which are the member and
#: the owner, whose the job, the item and the hosted service are.
KINDS = {
    "open": _rule(PASSES, PASSES, PASSES, PASSES, PASSES),
    "for all": _rule(PASSES, PASSES, PASSES, PASSES),
    "service": _rule(ASKED, HIDDEN, PASSES, PASSES),
    "job": _rule(ASKED, HIDDEN, UNKNOWN, PASSES),
    "shared job": _rule(ASKED, HIDDEN, UNKNOWN, PASSES, link=PASSES),
    "file": _rule(HIDDEN, HIDDEN, HIDDEN, PASSES, link=PASSES),
    "hosted": _rule(ASKED, HIDDEN, HIDDEN, PASSES),
    "read-only": _rule(ASKED, HIDDEN, HIDDEN, FORBIDDEN),
    "folder": _rule(HIDDEN, HIDDEN, PASSES, PASSES),
    "signed": _rule(
        HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN
    ),  # none of them has a signature
    "administrators": _rule(ASKED, FORBIDDEN, FORBIDDEN, FORBIDDEN),
    "staff": _rule(LOGIN, LOGIN, LOGIN, LOGIN, LOGIN),
    "session": _rule(LOGIN, LOGIN, LOGIN, LOGIN, LOGIN),
    "shared page": _rule(LOGIN, LOGIN, LOGIN, LOGIN, LOGIN, link=PASSES),
    "network": _rule(FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN),
}


@dataclass(frozen=True, slots=True)
class Surface:
    """An address, the kind of its rule, and how it is asked."""

    kind: str
    path: str
    method: str = "get"
    form: dict[str, str] = field(default_factory=dict)


def _all(kind: str, base: str, **tails: str) -> dict[str, Surface]:
    return {name.replace("_", "-"): Surface(kind, base + tail)
            for name, tail in tails.items()}  # fmt: skip


def _posts(kind: str, base: str, **tails: str) -> dict[str, Surface]:
    return {name: Surface(kind, one.path, "post")
            for name, one in _all(kind, base, **tails).items()}  # fmt: skip


#: By name of the address. Django's admin and the Administrator API follow below.
RULES: dict[str, Surface] = {
    **_all("open", "/", home="", favicon="favicon.ico", live="health/live",
           ready="health/ready", catalogue="tools/", texts="jsi18n/", data="data/",
           help="help/", help_api="help/api/", help_tool="help/write-a-tool/",
           help_keyboard="help/keyboard/", status="status/"),
    **_posts("open", "/", theme="theme/"),
    "set_language": Surface("open", "/language/", "post"),
    # What is not for everybody is for a session here, which no token opens.
    **_all("session", "/tools/Secret", **{"service-page": "/Echo/", "run": "/Echo/Echo/"}),
    **_all("session", "/jobs/{job}", **{"job-page": "/"}),
    **_posts("session", "/jobs/{job}", **{"cancel-job": "/cancel/"}),
    **_all("session", "/account", profile="/", keys="/tokens/"),
    **_posts("session", "/", favourite="tools/favourites/"),
    "delete-upload": Surface("session", "/data/uploads/{item}/delete/", "post"),
    "delete-hosted": Surface("session", "/data/layers/{hosted}/delete/", "post"),
    **_all("open", f"{REST}/info", info="", health="/healthcheck"),
    "own-layers": Surface("open", "/layers/"),
    "metrics": Surface("network", "/metrics"),
    "check-fields": Surface("session", "/tools/Secret/Echo/Echo/check/"),
    "code-of-run": Surface("session", "/tools/Secret/Echo/Echo/code/", "post"),
    "crs-search": Surface("open", "/crs/?q=4326"),
    "token": Surface("for all", "/server/tokens/generateToken", "post"),
    # No token opens the pages of one's account: people sign in there.
    **_all("staff", "/server/account", account="", account_device="/device"),
    "account-key": Surface("staff", "/server/account/keys", "post"),
    "account-backup-codes": Surface("staff", "/server/account/backup-codes", "post"),
    "account-revoke": Surface("staff", "/server/account/tokens/1/revoke", "post"),
    "account-revoke-tokens": Surface("staff", "/server/account/tokens/revoke", "post"),
    **_all("open", "/server/account", account_login="/login"),
    "account-logout": Surface("staff", "/server/account/logout", "post"),
    "catalog": Surface("for all", f"{REST}/services"),
    "folder": Surface("folder", f"{REST}/services/Secret"),
    "nothing": Surface("for all", f"{REST}/directories/nothing"),
    **_all("service", SERVICE, service="", service_info="/info",
           iteminfo="/info/iteminfo", service_metadata="/info/metadata",
           thumbnail="/info/thumbnail", task="/Echo", task_metadata="/Echo/metadata",
           submit_job="/Echo/submitJob", validate="/Echo/validate",
           uploads="/uploads", uploads_info="/uploads/info"),
    **_posts("service", SERVICE, upload="/uploads/upload", register="/uploads/register"),
    "execute": Surface("service", f"{SYNC}/Echo/execute", "post", {"In_Long": "5"}),
    "json-schema": Surface("service", f"{OUTPUT}/Secret/Echo_GPServer/spec/json-schema.json"),
    "map-service": Surface("service", MAPS),
    **_all("job", ITEM, upload_item="", parts="/parts", download="/download",
           contents="/contents?table=true"),
    **_posts("job", ITEM, upload_part="/uploadPart", commit="/commit",
             delete_item="/delete"),
    **_all("shared job", JOB, job="", job_messages="/messages", results="/results",
           result="/results/Out_Features",
           result_download="/results/Out_Features/download?format=csv",
           job_layers="/layers", job_layer="/layers/0",
           job_query="/layers/0/query", job_export="/layers/export",
           job_legend="/layers/legend"),
    "job-renderer": Surface("shared job", f"{JOB}/layers/0/generateRenderer", "post", CLASSES),
    **_all("job", JOB, inputs="/inputs", input="/inputs/In_Features", shares="/shares",
           cancel="/cancel", job_provenance="/provenance", job_script="/script"),
    "create-share": Surface("job", f"{JOB}/shares/create", "post"),
    "revoke-share": Surface("job", f"{JOB}/shares/{{share}}/revoke", "post"),
    **_all("shared job", MAP, map="", map_layers="/layers", map_legend="/legend",
           map_export="/export", map_layer="/0", map_query="/0/query",
           map_download="/0/download",
           map_identify="/identify?geometry=5,5&tolerance=1&mapExtent=0,0,9,9"
           "&imageDisplay=9,9,96", map_find="/find?searchText=square&layers=0"),
    **_all("shared job", RASTER, image="", image_export="/exportImage",
           image_operation="/identify?geometry=10,20"),
    "image-picture": Surface("signed", f"{OUTPUT}/Secret/Echo_ImageServer/{{raster}}/_ags_image.png"),
    "map-renderer": Surface("shared job", f"{MAP}/0/generateRenderer", "post", CLASSES),
    "generate-renderer": Surface("hosted", f"{FEATURES}/0/generateRenderer", "post", CLASSES),
    "edit-features": Surface("read-only", f"{FEATURES}/0/applyEdits", "post"),
    "job-file": Surface("file", f"{REST}/directories/arcgisjobs/secret/echo_gpserver/"
                        "{job}/scratch/Out_Features.parquet"),
    "map-picture": Surface("signed", f"{OUTPUT}/Secret/Echo_MapServer/{{job}}/_ags_map.png"),
    **{name: Surface("hosted", FEATURES + tail) for name, tail in {
        "feature-service": "", "layers": "/layers", "layer": "/0", "query": "/0/query",
        "layer-download": "/0/download?format=gpkg",
    }.items()},
    # Pages know people by their session, and a shared job by its secret; no token counts.
    "job-list": Surface("open", "/jobs/"),
    **_all("staff", "/jobs/{job}", job_page="/", cancel_job="/cancel/", edit_job="/edit/",
           delete_job="/delete/", share_job="/share/"),
    "pin-job": Surface("staff", "/jobs/{job}/pin/", "post"),
    "revoke-job-share": Surface("staff", "/jobs/{job}/share/{share}/revoke/", "post"),
    "shared-job": Surface("signed", "/s/none/"),
    "new-schedule": Surface("session", "/jobs/{job}/schedule/"),
    "result-page": Surface("shared page", "/jobs/{job}/results/Out_Features/"),
    "job-zip": Surface("shared page", "/jobs/{job}/download/"),
    **_all("session", "/", batches="batches/", batch="batches/none/",
           notifications="notifications/", schedules="schedules/",
           **{"new-batch": "tools/Secret/Echo/Echo/batch/"}),
    **_posts("session", "/", **{
        "retry-batch": "batches/none/retry/", "cancel-batch": "batches/none/cancel/",
        "change-schedule": "schedules/1/",
    }),
    # Where one signs in and out; all else of the admin is for staff.
    **{f"{ADMIN}:{name}": Surface("open", f"/admin/{name}/") for name in ("login", "logout")},
}  # fmt: skip


def walked(
    patterns: Iterable[URLPattern | URLResolver], prefix: str = "", space: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield name and route of every address below URL patterns.

    What has no name is named by its route, so that it cannot hide.
    """
    for one in patterns:
        route = prefix + str(one.pattern).removeprefix("^")
        if isinstance(one, URLResolver):
            inside = f"{one.namespace}:" if one.namespace else space
            yield from walked(one.url_patterns, route, inside)
        else:
            yield space + (one.name or route), route


def rule_of(name: str, route: str) -> Surface | None:
    """Return the rule of an address, None if it has none.

    Those of Django's admin and of the Administrator API have one for all that is there.
    """
    if name in RULES:
        return RULES[name]
    if name.startswith(f"{ADMIN}:") and route.startswith("admin/"):
        return Surface("staff", "/" + route)
    if name.startswith(ADMINISTRATOR_API) and route.startswith("server/admin"):
        return Surface("administrators", "/" + route)
    return None


def without_rule(patterns: Iterable[URLPattern | URLResolver]) -> list[str]:
    """Return the addresses that have no rule, or the name of another one."""
    seen: set[str] = set()
    found = []
    for name, route in walked(patterns):
        is_shared = name in seen and not name.startswith(f"{ADMIN}:")
        if is_shared or rule_of(name, route) is None:
            found.append(route)
        seen.add(name)
    return found
