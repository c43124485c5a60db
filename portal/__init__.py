"""Who may use the portal, and its faces."""
