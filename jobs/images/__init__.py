"""Image services of the rasters that jobs have made."""
