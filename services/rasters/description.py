"""What is known of a stored raster without opening its file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent


@dataclass(frozen=True, slots=True)
class BandStatistics:
    """The numbers of one band; of a band without any number all are zero."""

    minimum: float
    maximum: float
    mean: float
    deviation: float
    count: int

    def to_json(self) -> dict[str, Any]:
        """Return the object that image services answer."""
        return {
            "min": self.minimum,
            "max": self.maximum,
            "mean": self.mean,
            "standardDeviation": self.deviation,
            "count": self.count,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> BandStatistics:
        """Return what ``to_json`` described."""
        return cls(
            float(raw["min"]),
            float(raw["max"]),
            float(raw["mean"]),
            float(raw["standardDeviation"]),
            int(raw["count"]),
        )


@dataclass(frozen=True, slots=True)
class RasterDescription:
    """Size, bands, place and statistics of a raster; ``nodata`` may be NaN."""

    width: int
    height: int
    pixel_type: str
    extent: Extent
    bands: tuple[str, ...]
    statistics: tuple[BandStatistics, ...]
    nodata: float | None = None

    @property
    def spatial_reference(self) -> SpatialReference:
        """The spatial reference of the extent."""
        reference = self.extent.spatial_reference
        assert reference is not None  # noqa: S101  (no raster is stored without one)
        return reference

    @property
    def cell_size(self) -> tuple[float, float]:
        """Width and height of a pixel in units of the reference."""
        box = self.extent
        return (box.xmax - box.xmin) / self.width, (box.ymax - box.ymin) / self.height

    @property
    def nodata_document(self) -> float | str | None:
        """The value of empty pixels as JSON has it."""
        is_nan = self.nodata is not None and math.isnan(self.nodata)
        return "NaN" if is_nan else self.nodata

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON for a manifest."""
        return {
            "width": self.width,
            "height": self.height,
            "pixelType": self.pixel_type,
            "extent": list(self.extent.bounds),
            "spatialReference": self.spatial_reference.to_json(),
            "bands": list(self.bands),
            "statistics": [one.to_json() for one in self.statistics],
            "noData": self.nodata_document,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> RasterDescription:
        """Return what ``to_json`` described."""
        reference = raw["spatialReference"]
        found = SpatialReference(
            reference.get("wkid"), reference.get("wkt"), reference.get("vcsWkid")
        )
        nodata = raw["noData"]
        west, south, east, north = raw["extent"]
        return cls(
            raw["width"],
            raw["height"],
            raw["pixelType"],
            Extent(west, south, east, north, found),
            tuple(raw["bands"]),
            tuple(BandStatistics.from_json(one) for one in raw["statistics"]),
            None if nodata is None else float(nodata),
        )
