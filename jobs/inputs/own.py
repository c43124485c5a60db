"""What this very server holds and inputs name by URL: read here, not over HTTP.

So it works where no host may be fetched from, and a worker needs no way to the web
processes. What the caller may not see stays shut, unless a token opens it that the
input brings along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings
from django.utils.module_loading import import_string

from jobs.inputs.owncontents import KINDS, Content, Kind, Named
from services.errors import (
    GPError,
    InvalidToken,
    InvalidValue,
    NotFound,
    TokenRequired,
)
from services.files import Source
from services.keys import Caller, Client

_NO_ACCESS = "its URL names something that is not here, or that you have no access to"
_REFUSED = (
    "the token that came with its URL is unknown, has ended, or does not work from"
    " where you are: Invalid Token"
)


@dataclass(frozen=True, slots=True)
class OwnContent:
    """The content of this server, as a caller may read it.

    ``root_url`` is the address of the context by which the client came, ``client``
    where it is; None in a worker. At most ``most`` rows of a layer are read.
    ``slots`` names the runner.
    """

    root_url: str
    caller: Caller
    most: int
    client: Client | None = None
    slots: int | None = None

    def find(self, source: Source) -> Content | None:
        """Return what a URL names of this server, None if it leads elsewhere.

        Raises InvalidValue for what is not there, or not for the caller.
        """
        path = self._path(source.url)
        for kind in KINDS:
            if match := kind.pattern.fullmatch(path):
                return self._reached(kind, match.groupdict(), source)
        return None

    def has(self, source: Source) -> bool:
        """Tell if a URL names something of this server, which may not be there."""
        path = self._path(source.url)
        return any(kind.pattern.fullmatch(path) for kind in KINDS)

    def read(self, source: Source, folder: Path) -> tuple[Path, ...]:
        """Write what a source names into ``folder``; return the file."""
        content = self.find(source)
        if content is None:
            raise InvalidValue("expected a URL of this server")
        folder.mkdir(parents=True, exist_ok=True)
        return (content.write(folder, self.most, self.slots),)

    def _path(self, url: str) -> str:
        """Return the path of a URL below the context, "" for one of elsewhere."""
        url, root = url.partition("?")[0], self.root_url.rstrip("/")
        is_own = bool(root) and url[: len(root)].lower() == root.lower()
        return unquote(url[len(root) :]) if is_own else ""

    def _reached(self, kind: Kind, names: dict[str, Any], source: Source) -> Content:
        query = dict(parse_qsl(urlsplit(source.url).query, keep_blank_values=True))
        named = Named(names, query, source)
        try:
            for caller in self._callers(source.token or query.get("token", "")):
                with suppress(NotFound, TokenRequired):
                    return kind.find(named, caller)
        except InvalidToken:
            raise InvalidValue(_REFUSED) from None
        except GPError as exc:
            raise InvalidValue(str(exc)) from None
        raise InvalidValue(_NO_ACCESS)

    def _callers(self, token: str) -> Iterator[Caller]:
        """Yield in whose name to look, the token's owner last. Raises InvalidToken."""
        holder = None
        if token:
            holder_of: Callable[..., Caller] = import_string(settings.READER_OF_INPUTS)
            holder = holder_of(token, self.client)
        yield self.caller
        if holder is not None:
            yield holder
