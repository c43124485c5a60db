"""The administrator's dashboard: what runs, what waits, what needs somebody."""
