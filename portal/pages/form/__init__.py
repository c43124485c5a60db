"""The form of a task: a control for each input, read back as REST would get it."""
