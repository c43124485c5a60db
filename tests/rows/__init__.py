"""Rows of the protocol that no other test shows, in files by section."""
