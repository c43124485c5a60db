"""Jobs that come in numbers: batches of one form, schedules, and word of their ends."""
