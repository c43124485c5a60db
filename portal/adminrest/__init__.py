"""The Administrator REST API below ``<context>/admin``, for administrator clients."""
