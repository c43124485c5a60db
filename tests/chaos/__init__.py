"""A real portal whose processes, database and broker are ended at random.

``make chaos`` runs it whole; the suite runs a short version. Nothing in here looks
into the portal: clients speak HTTP, the runs of tools are counted in a file of their
own, and at the end the rows, the folders and the processes are looked at.
"""
