"""Who may call the Administrator API: the one place that decides it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from portal.security import TokenAuthentication, given_token
from services.errors import NO_RIGHT, NotAllowed, TokenRequired

if TYPE_CHECKING:
    from rest_framework.views import APIView


@dataclass(frozen=True, slots=True)
class Act:
    """Something done in the Django admin: its permission rules here as well.

    ``name`` is view, add, change, delete, or the name of a permission of an action.
    """

    model: type[Model]
    name: str

    def is_allowed(self, request: Request, row: Model | None = None) -> bool:
        """Ask the model's own admin if the user of a request may do this.

        With a row of the model, to that one; else to any.
        """
        model_admin = admin.site.get_model_admin(self.model)
        has_permission = getattr(model_admin, f"has_{self.name}_permission")
        if isinstance(row, self.model):
            return bool(has_permission(request, row))
        return bool(has_permission(request))


class AdministratorAuthentication(TokenAuthentication):
    """The user of the request's token; a cookie alone is good for reading only.

    A browser adds a cookie to whatever request a foreign page makes it send.
    """

    def token(self, request: Request) -> str:
        if request.method in SAFE_METHODS:
            return super().token(request)
        return given_token(request)


class MayAdminister(BasePermission):
    """Lets administrators pass, and staff who may do the view's acts in the admin.

    Nobody passes with an API key, whoever has made it; with CAIRN_TWO_FACTOR only a
    token that was made with a code does.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if not user.is_authenticated:
            raise TokenRequired("Token Required")
        token: Any = request.auth  # of an AccessToken: there is no other way in
        if token.is_key or (settings.TWO_FACTOR and not token.has_second_factor):
            raise NotAllowed(NO_RIGHT)
        if user.is_superuser:
            return True
        acts: tuple[Act, ...] = getattr(view, "acts", ())
        is_staff = user.is_active and user.is_staff
        if is_staff and all(act.is_allowed(request) for act in acts):
            return True
        raise NotAllowed(NO_RIGHT)
