"""The whole corpus of bad requests, driven against a portal that really runs."""
