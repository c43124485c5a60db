"""Documents of the protocol: tables of keys and types, and tests that heed them."""
