"""The portal's URLs and ``/empty``: a DRF view that does nothing."""

from __future__ import annotations

from django.urls import path
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.urls import urlpatterns as portal_urls


class EmptyView(APIView):
    """What Django and DRF themselves cost."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)
    content_negotiation_class = DefaultContentNegotiation

    def post(self, request: Request) -> Response:
        return Response({})


urlpatterns = [path("empty", EmptyView.as_view()), *portal_urls]
