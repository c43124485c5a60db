"""Features on maps of a part of the world, where those of elsewhere do not lie."""

from __future__ import annotations

import math

import numpy as np
import shapely

from services.drawing.frame import Frame, bounds_in
from services.errors import InvalidValue
from services.geometry.extents import Extent
from services.geometry.features import FeatureSet
from services.geometry.wrap import clipped, world_width

_MARGIN = 0.5  # of the longer side of a frame: it may be turned


def nearby(features: FeatureSet, frame: Frame) -> FeatureSet:
    """Return features such that they can be drawn in a frame.

    On a map of the whole world they are left alone; else they are cut to what is
    around the frame and projected. Raises InvalidValue for what still does not lie
    there.
    """
    own, target = features.spatial_reference, frame.reference
    if own.same_place(target) or math.isfinite(world_width(target)):
        return features
    around = frame.grown(_MARGIN * max(frame.width, frame.height))
    try:
        bounds = bounds_in(Extent(*around), target, own)
    except InvalidValue:
        return features.project(target)
    shapes = shapely.force_2d(features.geometries)
    rows = shapely.intersects(shapely.box(*bounds), shapes)
    near = features.take(np.flatnonzero(rows))
    return near.with_geometries(clipped(shapes[rows], bounds)).project(target)
