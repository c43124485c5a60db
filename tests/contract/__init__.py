"""Contract tests: real clients, unchanged, drive a real portal."""
