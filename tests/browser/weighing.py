"""How much a page costs its reader: bytes as they were sent, by address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page


@dataclass(slots=True)
class Load:
    """What was transferred for a page: headers and bodies, compressed as sent."""

    bytes_of: dict[str, int] = field(default_factory=dict)

    @property
    def kilobytes(self) -> float:
        """All that was transferred, in units of 1,000 bytes."""
        return sum(self.bytes_of.values()) / 1000

    @property
    def requests(self) -> int:
        """How many addresses were asked for."""
        return len(self.bytes_of)


def watch_load(page: Page) -> Load:
    """Return what the page transfers from now on, with nothing in the cache."""
    found = Load()
    addresses: dict[str, str] = {}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def asked(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"]

    def ended(event: dict[str, Any]) -> None:
        url = addresses.get(event["requestId"], "")
        if url.startswith("http"):
            size = int(event["encodedDataLength"])
            found.bytes_of[url] = found.bytes_of.get(url, 0) + size

    devtools.on("Network.requestWillBeSent", asked)
    devtools.on("Network.loadingFinished", ended)
    return found
