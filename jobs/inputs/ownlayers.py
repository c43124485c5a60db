"""Layers of this very server that inputs name by URL: read here, not over HTTP.

So they work where no host may be fetched from, and a worker needs no way to the web
processes. What the caller may not see stays shut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.contrib.auth.models import AnonymousUser, User

from jobs.featureservices.asking import ask, query_call
from jobs.featureservices.stored import StoredLayer, feature_service
from services.errors import InvalidParameters, InvalidValue, NotFound, TokenRequired
from services.files import Source

_LAYER = re.compile(
    r"/rest/services/(?:(?P<folder>[^/]+)/)?(?P<name>[^/]+)/FeatureServer"
    r"/(?P<layer>\d{1,9})(?P<query>/query)?/?\Z",
    re.IGNORECASE,
)
#: What a query URL says of the answer, which is read as Esri JSON whatever it says.
_NOT_ASKED = ("f", "token", "callback", "returngeometry")


@dataclass(frozen=True, slots=True)
class OwnLayers:
    """The layers of this server, as a user may read them.

    ``root_url`` is the address of the context by which the client came; at most
    ``most`` rows are read. ``slots`` names the runner.
    """

    root_url: str
    user: User | AnonymousUser
    most: int
    slots: int | None = None

    def has(self, source: Source) -> bool:
        """Tell if a URL names a layer of this server, which may not be there."""
        return self._match(source) is not None

    def layer(self, source: Source) -> StoredLayer:
        """Return the layer that a URL names. Raises InvalidValue."""
        match = self._match(source)
        if match is None:
            raise InvalidValue("expected the URL of a layer of this server")
        try:
            found = feature_service(match["folder"], match["name"], self.user)
        except (NotFound, TokenRequired):
            hint = "names a layer that is not here, or that you have no access to"
            raise InvalidValue(hint) from None
        try:
            return found.layer(match["layer"])
        except NotFound as exc:
            raise InvalidValue(str(exc)) from None

    def read(self, source: Source, folder: Path) -> tuple[Path, ...]:
        """Write the rows that a source selects into ``folder``; return the file."""
        layer = self.layer(source)
        call = query_call(layer, self._fields(source), "json", self.most)
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / "page0.json"
        try:
            reply = ask(call, self.slots)
        except InvalidParameters as exc:
            raise InvalidValue(str(exc)) from None
        if reply.path:
            target.write_bytes(Path(reply.path).read_bytes())
            Path(reply.path).unlink()
        else:
            target.write_bytes(reply.body)
        return (target,)

    def _match(self, source: Source) -> re.Match[str] | None:
        url = source.url.partition("?")[0]
        root = self.root_url.rstrip("/")
        if not root or url[: len(root)].lower() != root.lower():
            return None
        return _LAYER.fullmatch(unquote(url[len(root) :]))

    def _fields(self, source: Source) -> dict[str, str]:
        match = self._match(source)
        fields = {"outFields": "*", "returnZ": "true", "returnM": "true"}
        if match is not None and match["query"]:
            given = parse_qsl(urlsplit(source.url).query, keep_blank_values=True)
            fields |= {k: v for k, v in given if k.lower() not in _NOT_ASKED}
        if source.where:
            fields["where"] = source.where
        if source.time:
            fields["time"] = source.time
        return fields
