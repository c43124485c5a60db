"""What clients send and need, emulated on the wire: no client is installed here.

The numbers of the marks are the demands of the reference's clients.md, section 1.
"""
