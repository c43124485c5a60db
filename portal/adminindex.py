"""What the index of the admin lists, and in which groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

#: Models of an app, as Django hands them to its templates.
App = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """A group, the app whose page shows it, and what comes first and also in it."""

    name: str
    label: str
    first: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()


#: In their order. A model that is in no ``first`` goes with its app.
GROUPS = (
    Group("Services and tools", "services", ("service", "task", "model", "folder")),
    Group("Jobs", "jobs", ("job", "upload", "jobfiles", "sharelink")),
    Group("Access", "auth", ("user", "group", "accesstoken"),
          ("otp_totp", "axes", "auditlog")),
    Group("Operations", "portal", ("worker", "usage", "logevent", "sitesettings",
                                   "announcement", "basemap", "fetchhost")),
)  # fmt: skip


def grouped(apps: list[App]) -> list[App]:
    """Return the models of the apps in the groups of the index, without empty ones."""
    home = {model: group for group in GROUPS for model in group.first}
    keeps = {label: group for group in GROUPS for label in (group.label, *group.apps)}
    found: dict[str, App] = {}
    for app in apps:
        for model in app["models"]:
            label = app["app_label"]
            group = home.get(_name(model), keeps.get(label))
            key = group.label if group else label
            names = _names(group) if group else {}
            found.setdefault(key, app | names | {"models": []})["models"].append(model)
    order = [group.label for group in GROUPS]
    for label in order:
        if label in found:
            found[label]["models"].sort(key=_place)
    return sorted(found.values(), key=lambda app: _at(order, app["app_label"]))


def _names(group: Group) -> App:
    url = reverse("admin:app_list", args=[group.label])
    return {"name": group.name, "app_label": group.label, "app_url": url}


def _name(model: dict[str, Any]) -> str:
    return str(model["object_name"]).lower()


def _place(model: dict[str, Any]) -> int:
    return _at([name for group in GROUPS for name in group.first], _name(model))


def _at(known: list[str], one: str) -> int:
    return known.index(one) if one in known else len(known)
