"""Heights from one vertical reference to another, as far as PROJ can without grids."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyproj
import shapely
from pyproj.crs import CompoundCRS
from pyproj.exceptions import CRSError, ProjError

from services.geometry.crs import SpatialReference
from services.geometry.datum import operation_for
from services.geometry.ragged import replace_z

#: Esri's codes of heights above an ellipsoid; PROJ's database has no such kind.
_ELLIPSOIDAL = range(115700, 115900)


def move_heights(
    geometries: np.ndarray,
    source: SpatialReference,
    target: SpatialReference,
    notes: list[str],
) -> np.ndarray:
    """Return geometries of ``source`` with the heights of ``target``; x, y, m kept.

    Shape (n,) in and out. What could not be done is said in ``notes``.
    """
    if target.vcs_wkid in (None, source.vcs_wkid):
        return geometries
    if source.vcs_wkid is None:
        notes.append(
            "z was kept: the features name no vertical reference (vcsWkid) that"
            f" could lead to {target.vcs_wkid}"
        )
        return geometries
    heights = f"z from {source.vcs_wkid} to {target.vcs_wkid}"
    flat = shapely.get_coordinates(geometries, include_z=True)
    try:
        crs = _with_heights(source), _with_heights(target)
        operation = operation_for(*crs, flat[:, :2])
    except (CRSError, ProjError):
        notes.append(f"z was kept: nothing is known that leads {heights}")
        return geometries

    def raised(xyz: np.ndarray) -> np.ndarray:
        z = np.asarray(operation.transformer.transform(*xyz.T)[2])
        return np.where(np.isfinite(xyz[:, 2]), z, np.nan)

    known = flat[np.isfinite(flat[:, 2])]
    made = raised(known)
    if not np.isfinite(made).all():
        notes.append(f"z was kept: {heights} fails for these places")
        return geometries
    if operation.is_vertical_guess:
        kept = np.array_equal(made, known[:, 2])
        done = "z was kept" if kept else "z only changed its unit"
        notes.append(f"{done}: {heights} needs a grid that is not installed here")
    return replace_z(geometries, raised)


@lru_cache(maxsize=64)
def _with_heights(reference: SpatialReference) -> pyproj.CRS:
    """Return the compound reference. Raises CRSError for an unknown vertical code."""
    if reference.vcs_wkid in _ELLIPSOIDAL:
        return reference.crs.to_3d()
    parts = [reference.crs, _vertical(reference.vcs_wkid)]
    made = CompoundCRS(name="with heights", components=parts)
    return pyproj.CRS.from_json_dict(made.to_json_dict())  # a plain one


def _vertical(code: int | None) -> pyproj.CRS:
    for authority in ("EPSG", "ESRI"):
        try:
            crs = pyproj.CRS.from_authority(authority, str(code))
        except CRSError:
            continue
        if crs.is_vertical:
            return crs
    raise CRSError(f"{code} is no vertical reference")
