"""Surfaces between measured points."""
