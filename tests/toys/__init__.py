"""Toy tools for tests; published beside the real ones by CAIRN_TOOL_PACKAGES."""
