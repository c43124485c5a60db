"""What all resources of the Administrator API share, and the shape of its answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db import transaction
from django.db.models import Model
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from portal.adminrest.access import Act, AdministratorAuthentication, MayAdminister
from portal.audit import acting
from portal.errors import esri_errors
from services.catalog import service_not_found
from services.editing import may_edit, sees_all
from services.errors import (
    NO_RIGHT,
    InvalidParameters,
    InvalidValue,
    NotAllowed,
    NotFound,
    Problem,
)
from services.form import decode_form_value
from services.models import Folder, Service
from services.views import RestView
from services.wire import decode


def administrator_errors(exc: Exception, context: dict[str, Any]) -> Response:
    """Answer an exception in the Administrator API's form; HTTP 200 for JSON."""
    response = esri_errors(exc, context)
    failure = response.failure  # type: ignore[attr-defined]
    response.data = {
        "status": "error",
        "messages": failure.details or [failure.message],
        "code": failure.code,
    }
    return response


def refused(parameter: str, message: str) -> InvalidParameters:
    """Return the refusal of one parameter."""
    return InvalidParameters([Problem(parameter, message)])


class AdminView(RestView):
    """A resource to read. ``acts`` are what the user must be allowed to do."""

    authentication_classes = (AdministratorAuthentication,)
    permission_classes = (MayAdminister,)
    answers_when_stopped = True
    acts: ClassVar[tuple[Act, ...]] = ()

    def get_exception_handler(self) -> Callable[..., Response]:
        """Return what answers errors here."""
        return administrator_errors

    def row(self) -> Service:
        """Return the service of the path, for who may do the acts to it.

        Raises NotFound, NotAllowed.
        """
        row = self.found().row
        self.require(row)
        return row

    def sees(self, row: Service | Folder) -> bool:
        """Tell if the user sees a service or folder in the administration."""
        user = self.request.user
        folder = row if isinstance(row, Folder) else row.folder
        return sees_all(user, Service) or may_edit(user, folder)

    def require(self, row: Service | Folder) -> None:
        """Raise NotFound or NotAllowed unless the user may do the acts to a row."""
        if not self.sees(row):
            raise self._not_found(row)
        if self.request.user.is_superuser:
            return
        if not all(act.is_allowed(self.request, row) for act in self.acts):
            raise NotAllowed(NO_RIGHT)

    def _not_found(self, row: Service | Folder) -> NotFound:
        """Return what is said of a row that is not there."""
        if isinstance(row, Folder):
            return NotFound(f"folder {row.name} not found")
        return service_not_found(self.kwargs.get("folder"), self.kwargs["service"])

    def text(self, name: str) -> str:
        """Return a parameter as text, "" if there is none; large ones are decoded."""
        text = self._text(name)
        if "\0" in text:
            raise refused(name, "NUL characters are not accepted")
        return text

    def _text(self, name: str) -> str:
        for key, raw in self.form.large.items():
            if key.lower() == name.lower():
                data = decode_form_value(raw) if key in self.form.encoded else raw
                try:
                    return data.decode()
                except UnicodeDecodeError:
                    raise refused(name, "expected text in UTF-8") from None
        return self.form.get(name)

    def required(self, name: str) -> str:
        """Return a parameter that has to be there, without blanks around it."""
        text = self.text(name).strip()
        if not text:
            raise refused(name, "a value is required")
        return text

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a boolean parameter: true or false in any case."""
        text = self.form.get(name).strip().lower()
        if text not in ("", "true", "false"):
            raise refused(name, "expected true or false")
        return text == "true" if text else default

    def document(self, name: str) -> Any:
        """Return the value of a JSON parameter, None if there is none."""
        text = self.text(name)
        if not text.strip():
            return None
        try:
            return decode(text)
        except InvalidValue as exc:
            raise refused(name, str(exc)) from None

    def json_object(self, name: str) -> dict[str, Any]:
        """Return a JSON parameter that has to be there and be an object."""
        found = self.document(name)
        if not isinstance(found, dict):
            raise refused(name, "expected a JSON object")
        return found


class ChangeView(AdminView):
    """An operation that changes something: only a POST does it, wholly or not."""

    def get(self, request: Request, **names: str) -> Response:
        raise MethodNotAllowed("GET", "This operation has to be sent by POST.")

    def post(self, request: Request, **names: str) -> Response:
        with transaction.atomic(), acting(request._request, request.user):
            self.change(request, **names)
        return Response({"status": "success"})

    def change(self, request: Request, **names: str) -> None:
        """Do the operation; whatever it raises undoes it."""
        raise NotImplementedError


def model_admin(model: type[Model]) -> ModelAdmin[Any]:
    """Return the Django admin of a model, which keeps the log of changes."""
    return admin.site.get_model_admin(model)


def log_change(request: Request, row: Model, message: str | list[str]) -> None:
    """Record a change as the Django admin does: a sentence, or the fields changed."""
    said = message if isinstance(message, str) else [{"changed": {"fields": message}}]
    model_admin(type(row)).log_change(request, row, said)


def log_addition(request: Request, row: Model) -> None:
    """Record a new row as the Django admin does."""
    model_admin(type(row)).log_addition(request, row, [{"added": {}}])


def delete_logged(request: Request, row: Model) -> None:
    """Record a deletion and delete the row, as the Django admin does."""
    found = type(row)._default_manager.filter(pk=row.pk)
    owner = model_admin(type(row))
    owner.log_deletions(request, found)
    owner.delete_model(request, row)
