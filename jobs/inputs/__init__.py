"""Inputs that a request only names: uploads, URLs, layers of this server."""
