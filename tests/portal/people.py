"""People with roles, and what they open in the admin."""

from __future__ import annotations

from django.contrib.auth.models import Group, User
from django.test import Client

from services.models import Service
from tests.services.admin_pages import BOX


def someone(*groups: str, **more) -> User:
    user = User.objects.create_user("someone", is_staff=True, **more)
    user.groups.set(Group.objects.filter(name__in=groups))
    assert user.groups.count() == len(groups)
    return user


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def row(path: str) -> Service:
    folder, _, name = path.rpartition("/")
    return Service.objects.get(name=name, folder__name=folder or None)


def page(model: str, one) -> str:
    return f"{BOX}/{model}/{one.pk}/change/"


def rows_of(path: str):
    service = row(path)
    return {"service": service, "folder": service.folder, "task": service.tasks.get()}


def listed(client: Client, model: str) -> set[str]:
    found = client.get(f"{BOX}/{model}/").context["cl"].result_list
    return {str(one) for one in found}
