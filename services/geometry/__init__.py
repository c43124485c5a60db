"""Values on the map: spatial references, feature sets and their wire forms."""
