"""A model as an SVG: boxes, lines between them, and what became of each step.

Colours come from the style sheet of the page, by class; without one, and in a reader
that knows no style, it is black on white.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from services.modeling.definition import Definition
from services.modeling.layout import HEIGHT, WIDTH, Drawing, Node, drawing_of

_MOST = 24  # characters in a line of a box
_RADIUS = {"input": HEIGHT // 2, "step": 6, "output": HEIGHT // 2}
_WORDS = {
    "waiting": "waiting",
    "running": "running",
    "succeeded": "done",
    "skipped": "skipped",
    "failed": "failed",
    "cancelled": "cancelled",
}


def model_svg(
    model: Definition, states: Mapping[str, str] | None = None, name: str = "model"
) -> str:
    """Return a model as an SVG element to stand in a page.

    ``states`` are those of a job's steps by their ids. ``name`` tells the ids in it
    apart from those of other drawings in the page. The title and the description say
    in words what the picture shows.
    """
    drawing = drawing_of(model)
    title = escape(f"Model {model.title or model.name}")
    parts = [
        f'<svg class="model" role="img" aria-labelledby="{name}-title {name}-desc"'
        f' xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {drawing.width}'
        f' {drawing.height}" width="{drawing.width}" height="{drawing.height}"'
        f' font-family="sans-serif">',
        f'<title id="{name}-title">{title}</title>',
        f'<desc id="{name}-desc">{escape(in_words(model, states or {}))}</desc>',
        f'<defs><marker id="{name}-tip" viewBox="0 0 8 8" refX="7" refY="4"'
        ' markerWidth="8" markerHeight="8" orient="auto"><path class="tip"'
        ' d="M0 0 8 4 0 8z"/></marker></defs>',
        *_lines(drawing, name),
        *(_box(one, (states or {}).get(one.key[1], "")) for one in drawing.nodes),
        "</svg>",
    ]
    return "".join(parts)


def in_words(model: Definition, states: Mapping[str, str]) -> str:
    """Return what a drawing shows, step by step, as sentences."""
    said = []
    for number, step in enumerate(model.steps, 1):
        needs = [one.title or one.id for one in model.steps if one.id in step.needs()]
        after = f", after {' and '.join(needs)}" if needs else ""
        state = states.get(step.id)
        told = f": {_WORDS.get(state, state)}" if state else ""
        said.append(f"Step {number}, {step.title or step.id}, runs {step.tool}"
                    f"{after}{told}.")  # fmt: skip
    named = ", ".join(one.label or one.name for one in model.outputs)
    return " ".join([*said, f"Outputs: {named or 'none'}."])


def _lines(drawing: Drawing, name: str) -> list[str]:
    found = []
    for one, other, is_order in drawing.edges:
        x, y = one.x + WIDTH, one.y + HEIGHT // 2
        to_x, to_y = other.x - 1, other.y + HEIGHT // 2
        bend = max(24, (to_x - x) // 2)
        dashes = ' stroke-dasharray="5 4"' if is_order else ""
        found.append(
            f'<path class="line" fill="none" stroke="currentColor"{dashes}'
            f' marker-end="url(#{name}-tip)"'
            f' d="M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"/>'
        )
    return found


def _box(node: Node, state: str) -> str:
    kind = node.key[0]
    state = state if kind == "step" else ""
    middle, radius = node.x + WIDTH // 2, _RADIUS[kind]
    below = _WORDS.get(state, state) if state else node.subtitle
    classes = f"box {kind} {state}".strip()
    return (
        f'<g class="{escape(classes)}"><rect x="{node.x}" y="{node.y}" width="{WIDTH}"'
        f' height="{HEIGHT}" rx="{radius}" fill="#fff" stroke="#333"/>'
        f'<text x="{middle}" y="{node.y + 22}" text-anchor="middle" font-size="14"'
        f' fill="#111">{escape(_short(node.title))}</text>'
        f'<text class="small" x="{middle}" y="{node.y + 40}" text-anchor="middle"'
        f' font-size="11" fill="#333">{escape(_short(below, _MOST + 4))}</text></g>'
    )


def _short(text: str, most: int = _MOST) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
