"""Django's SQLite, with write transactions that wait in turn."""
