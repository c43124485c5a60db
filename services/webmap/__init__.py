"""Web maps of print clients: what they say, what is drawn of it, and the layouts."""
