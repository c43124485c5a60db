"""What the portal is made of: known vulnerabilities, licences, the bill of materials.

The tools have packages of their own, installed in ``.tools``: they are not what they
look at.
"""
