"""Large work in parts: strips of features, as files, mapped over an ``Executor``.

``operations`` has what tools call. Below a number of features it calls the function
itself, at no cost. Above, it gives the same answer, in the same order.
"""
