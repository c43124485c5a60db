"""Uploaded items: how they come, who may see them, when they go."""
