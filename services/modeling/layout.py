"""Where the parts of a model are drawn: in layers from left to right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.modeling.definition import (
    Binding,
    Definition,
    FirstOf,
    FromParameter,
    FromStep,
)

#: Of a box, and from one box to the next, in pixels.
WIDTH, HEIGHT = 170, 52
_RIGHT, _DOWN = 230, 76
_MARGIN = 12
_SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Node:
    """An input, step or output of a model: ``key`` is its kind and name."""

    key: tuple[str, str]
    title: str
    subtitle: str
    x: int = 0
    y: int = 0


@dataclass(frozen=True, slots=True)
class Drawing:
    """Nodes with their places, edges between them, and the size of all."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[Node, Node, bool], ...]  # True: only the order, no value
    width: int
    height: int


def drawing_of(model: Definition) -> Drawing:
    """Return a model laid out: each part to the right of what it needs.

    A node's layer is the longest way to it; within a layer nodes are sorted by the
    mean height of their neighbours, to and fro, which keeps edges from crossing (the
    barycentre heuristic of Sugiyama, Tagawa and Toda, 1981).
    """
    nodes = {one.key: one for one in _nodes(model)}
    edges = [edge for edge in _edges(model) if edge[0] in nodes and edge[1] in nodes]
    layers = _sorted(_layers(list(nodes), edges), edges)
    tallest = max((len(layer) for layer in layers), default=0)
    placed: dict[tuple[str, str], Node] = {}
    for at, layer in enumerate(layers):
        top = _MARGIN + (tallest - len(layer)) * _DOWN // 2
        for row, key in enumerate(layer):
            one = nodes[key]
            x, y = _MARGIN + at * _RIGHT, top + row * _DOWN
            placed[key] = Node(key, one.title, one.subtitle, x, y)
    width = 2 * _MARGIN + max(0, len(layers) - 1) * _RIGHT + WIDTH
    height = 2 * _MARGIN + max(0, tallest - 1) * _DOWN + HEIGHT
    lines = tuple(
        (placed[one], placed[other], is_order) for one, other, is_order in edges
    )
    return Drawing(tuple(placed[key] for key in nodes), lines, width, height)


Key = tuple[str, str]
Edge = tuple[Key, Key, bool]


def _nodes(model: Definition) -> list[Node]:
    inputs = [Node(("input", one.name), one.label or one.name, one.data_type.name)
              for one in model.inputs]  # fmt: skip
    steps = [Node(("step", one.id), f"{number}. {one.title or one.id}", one.tool)
             for number, one in enumerate(model.steps, 1)]  # fmt: skip
    outputs = [Node(("output", one.name), one.label or one.name, "Output")
               for one in model.outputs]  # fmt: skip
    return [*inputs, *steps, *outputs]


def _edges(model: Definition) -> list[Edge]:
    """Return the edges of a model, each once."""
    found: dict[tuple[Key, Key], bool] = {}
    for step in model.steps:
        to = ("step", step.id)
        for binding in step.inputs.values():
            found |= {(one, to): False for one in _ends(binding)}
        order = [("step", one) for one in (*step.after, step.otherwise) if one]
        if step.condition:
            order += _ends(step.condition.of)
        for one in order:
            found.setdefault((one, to), True)
    for output in model.outputs:
        found |= {(one, ("output", output.name)): False for one in _ends(output.source)}
    return [(one, other, is_order) for (one, other), is_order in found.items()]


def _ends(binding: Binding) -> list[Key]:
    if isinstance(binding, FirstOf):
        return [key for one in binding.bindings for key in _ends(one)]
    if isinstance(binding, FromParameter):
        return [("input", binding.name)]
    return [("step", binding.step)] if isinstance(binding, FromStep) else []


def _layers(keys: list[Key], edges: list[Edge]) -> list[list[Key]]:
    """Return nodes by layer; of a circle, which is a fault, as if it was cut."""
    layer = dict.fromkeys(keys, 0)
    for _ in keys:
        moved = False
        for one, other, _is_order in edges:
            if layer[other] <= layer[one] < len(keys):
                layer[other], moved = layer[one] + 1, True
        if not moved:
            break
    for key in keys:  # an input stands beside what takes it
        after = [layer[other] for one, other, _ in edges if one == key]
        if key[0] == "input" and after:
            layer[key] = min(after) - 1
    used = sorted(set(layer.values()))
    return [[key for key in keys if layer[key] == at] for at in used]


def _sorted(layers: list[list[Key]], edges: list[Edge]) -> list[list[Key]]:
    near: dict[Key, list[Key]] = {}
    for one, other, _ in edges:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    for sweep in range(_SWEEPS):
        height = {key: row - len(layer) / 2 for layer in layers
                  for row, key in enumerate(layer)}  # fmt: skip
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            layer.sort(key=lambda key: _mean(key, near, height))
            height |= {key: row - len(layer) / 2 for row, key in enumerate(layer)}
    return layers


def _mean(
    key: Key, near: Mapping[Key, list[Key]], height: Mapping[Key, float]
) -> float:
    found = [height[one] for one in near.get(key, ())]
    return sum(found) / len(found) if found else height[key]
