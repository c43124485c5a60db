"""Addresses of the catalogue for search engines, in the form of sitemaps.org."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote
from xml.etree import ElementTree as ET

from services.catalog import PublishedService

#: Values of ``f``; the second one is for places in KML, which a catalogue has not.
SITEMAPS = ("sitemap", "geositemap")
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap(root_url: str, services: Iterable[PublishedService]) -> bytes:
    """Return the XML with the pages of services and their tasks, and all above them.

    ``root_url`` is that of the catalogue. Without a service there is nothing to find,
    so the root is left out too.
    """
    root = ET.Element("urlset", {"xmlns": _NAMESPACE})
    for path in dict.fromkeys(_paths(services)):
        url = ET.SubElement(root, "url")
        ET.SubElement(url, "loc").text = f"{root_url}{quote(path)}"
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made


def _paths(services: Iterable[PublishedService]) -> Iterator[str]:
    for service in services:
        folder, found, _ = service.row.path.rpartition("/")
        yield ""
        if found:
            yield f"/{folder}"
        path = f"/{service.row.path}/GPServer"
        yield path
        yield from (f"{path}/{task.name}" for task in service.tasks)
