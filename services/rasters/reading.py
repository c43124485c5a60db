"""Raster files of other programs; any file may be hostile."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp, MaskFlags

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.geometry.extents import Extent
from services.rasters.gdal import DRIVERS, REFUSALS, WarpedVRT, broken, opened
from services.rasters.grid import Grid
from services.rasters.pixeltypes import PIXEL_TYPES, stored_type
from services.rasters.worldfile import WORLD_FILES, read_world_file
from services.reading.archive import entries_of, unpack
from services.reading.content import extension_of
from services.reading.references import reference_of_text

#: Numbers of a raster that a tool gets as an array: 800 MB of the widest.
MAX_CELLS = 100_000_000
_MAX_PRJ = 65_536


@dataclass(frozen=True, slots=True)
class Located:
    """An open raster whose rows run from north to south, and where it lies."""

    dataset: rasterio.DatasetReader
    reference: SpatialReference

    @property
    def extent(self) -> Extent:
        """The outer edges of its outer pixels."""
        west, south, east, north = self.dataset.bounds
        return Extent(west, south, east, north, self.reference)

    @property
    def bands(self) -> list[int]:
        """The numbers, from 1, of its bands; alpha is none."""
        kinds = self.dataset.colorinterp
        return [at for at, kind in enumerate(kinds, 1) if kind != ColorInterp.alpha]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its bands."""
        told = self.dataset.descriptions
        return tuple((told[at - 1] or f"Band_{at}")[:64] for at in self.bands)

    @property
    def has_mask(self) -> bool:
        """True if a mask or alpha, not a value, says which pixels are empty."""
        flags = self.dataset.mask_flag_enums[0]
        return MaskFlags.per_dataset in flags


def read_grid(path: Path, *, max_cells: int = MAX_CELLS) -> Grid:
    """Return the raster of a GeoTIFF, PNG or JPEG, or of a zip archive with one.

    Pixels that a mask leaves out become NaN. Raises InvalidValue that names the file
    and what was expected, also above ``max_cells``.
    """
    with located(path) as found:
        dataset, bands = found.dataset, found.bands
        count = dataset.width * dataset.height * len(bands)
        if count > max_cells:
            raise InvalidValue(
                f"{path.name[:100]}: has {count} cells in all; at most {max_cells} are"
                " accepted"
            )
        values = dataset.read(bands)
        nodata = dataset.nodata
        if found.has_mask:
            values, nodata = _masked(values, dataset.dataset_mask() > 0), float("nan")
        values = values.astype(stored_type(values), copy=False)
        return Grid(values, found.extent, nodata, found.names)


def _masked(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    kind = PIXEL_TYPES["F32" if values.dtype.itemsize <= 2 else "F64"]
    return np.where(known, values.astype(kind), np.nan)


@contextmanager
def located(path: Path) -> Iterator[Located]:
    """Open a raster file that says where it lies. Raises InvalidValue."""
    try:
        with tempfile.TemporaryDirectory(prefix="cairn-") as folder:
            file, side = _unpacked(path, Path(folder))
            with opened(file) as dataset:
                yield from _placed(dataset, side)
    except InvalidValue as exc:
        raise InvalidValue(f"{path.name[:100]}: {exc}") from None
    except REFUSALS:
        raise InvalidValue(f"{path.name[:100]}: {broken()}") from None


def _placed(
    dataset: rasterio.DatasetReader, side: tuple[Affine | None, str]
) -> Iterator[Located]:
    """Yield a dataset where its own texts, or those beside it, say that it lies."""
    world, prj = side
    place = world or dataset.transform
    reference = reference_of_text(prj or _own_text(dataset))
    if place == Affine.identity() or reference is None:
        what = "position" if place == Affine.identity() else "spatial reference"
        raise InvalidValue(
            f"does not say its {what}: send a GeoTIFF, or a zip archive with the"
            " picture, its world file and its .prj"
        )
    if dataset.dtypes[0].startswith("complex"):
        raise InvalidValue("expected real numbers, not complex ones")
    if place.b or place.d or place.a <= 0:
        raise InvalidValue("is rotated: save it with rows from north to south")
    if world is None and place.e < 0 and dataset.crs:
        yield Located(dataset, reference)
        return
    west, height = place.c, abs(place.e)
    north = max(place.f, place.f + place.e * dataset.height)
    upright = Affine(place.a, 0, west, 0, -height, north)
    wkt = reference.crs.to_wkt()
    with WarpedVRT(dataset, src_crs=wkt, crs=wkt, src_transform=place,
                   transform=upright, width=dataset.width,
                   height=dataset.height) as turned:  # fmt: skip
        yield Located(turned, reference)


def _own_text(dataset: rasterio.DatasetReader) -> str:
    """Return the spatial reference that a file states as well-known text, or "".

    In WKT 1 Web Mercator has an EXTENSION of PROJ, which is accepted from nobody; in
    WKT 2 it needs none.
    """
    if not dataset.crs:
        return ""
    text = str(dataset.crs.to_wkt())
    if "EXTENSION" not in text:
        return text
    return str(dataset.crs.to_wkt(version="WKT2_2019"))


def _unpacked(path: Path, folder: Path) -> tuple[Path, tuple[Affine | None, str]]:
    """Return the picture of a zip archive with its world file and .prj.

    A file that is no archive stays where it is, and nothing is looked at beside it.
    """
    if extension_of(path.name) != "zip":
        return path, (None, "")
    members = {entry.filename: entry for entry in entries_of(path)}
    pictures = [name for name in members if extension_of(name) in DRIVERS]
    if len(pictures) != 1:
        raise InvalidValue(
            f"expected one {', '.join(f'.{one}' for one in DRIVERS)} in the archive,"
            f" not {len(pictures)}"
        )
    (name,) = pictures
    extension, stem = extension_of(name), name.rpartition(".")[0].lower()
    target = folder / f"data.{extension}"
    unpack(path, members[name], target)
    side: dict[str, Path] = {}
    for other, entry in members.items():
        kind = extension_of(other)
        wanted = (*WORLD_FILES[extension], "prj")
        if kind in wanted and other.rpartition(".")[0].lower() in (stem, name.lower()):
            side[kind] = folder / f"data.{kind}"
            unpack(path, entry, side[kind])
    world = next((side[one] for one in WORLD_FILES[extension] if one in side), None)
    return target, (world and read_world_file(world), _prj(side.get("prj")))


def _prj(path: Path | None) -> str:
    if path is None:
        return ""
    return path.read_bytes()[:_MAX_PRJ].decode("utf-8", errors="replace")
