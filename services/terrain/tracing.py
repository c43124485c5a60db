"""The ways that water takes from places to where it leaves the ground."""

from __future__ import annotations

import numpy as np


def downstream(to: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cells on the ways from cells to their ends, and whose way each is on.

    ``to`` are the receivers of ``services.terrain.flow``, an end its own; ``cells`` are
    flat indices. The first cell of a way is the one it starts from; cells of a way
    stand together, in the order of ``cells``. Water that runs in a circle goes on for
    as many steps as there are cells.
    """
    here, owner = np.asarray(cells, dtype=np.int64), np.arange(len(cells))
    on, owners = [here], [owner]
    for _ in range(len(to)):
        below = to[here]
        goes = below != here
        if not goes.any():
            break
        here, owner = below[goes], owner[goes]
        on.append(here)
        owners.append(owner)
    whose = np.concatenate(owners)
    order = np.argsort(whose, kind="stable")
    return np.concatenate(on)[order], whose[order]
