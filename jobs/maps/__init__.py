"""The result map service of a job: documents, pictures, identify, find, query."""
