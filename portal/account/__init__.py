"""Pages where people see to their own tokens, API keys and second factor."""
