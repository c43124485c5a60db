"""The web portal: pages on which people find tools, run them, and see their results.

A page renders the state as HTML that works without scripts. Its scripts are clients of
the REST API like any other, by the session of whoever has signed in.
"""
