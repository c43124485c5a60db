"""Rasters to pictures and answers: views, functions on pixels, renderers, rules."""
