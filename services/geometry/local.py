"""Each feature laid flat in a plane of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from services.geometry.planes import Planes, earth_centred


@dataclass(frozen=True, slots=True)
class Flat:
    """Geometries in metres, geometry ``i`` in plane ``i``.

    ``reach`` is how far each reaches from the centre of its plane, ``sizes`` its
    number of vertices.
    """

    geometries: np.ndarray
    planes: Planes
    reach: np.ndarray
    sizes: np.ndarray


def lay_flat(drawn: np.ndarray, geod: pyproj.Geod) -> Flat:
    """Lay geometries in degrees flat, each in a plane centred on the box around it.

    Shape (n,), none None or empty, without z. See ``edges.follow_drawn``.
    """
    lonlat, of = shapely.get_coordinates(drawn, return_index=True)
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    places = earth_centred(lonlat, geod)
    planes = Planes.around(places, starts, geod)
    flat = planes.flatten(places, of)
    reach = np.sqrt(np.maximum.reduceat((flat * flat).sum(axis=1), starts))
    level = np.asarray(shapely.set_coordinates(drawn.copy(), flat))
    return Flat(level, planes, reach, np.diff(np.append(starts, len(of))))
