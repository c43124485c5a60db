"""Expressions over rasters: parsed to a tree of allowed nodes, nothing is evaluated."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from services.errors import InvalidValue
from services.rasters.grid import Grid, valid_cells

_MAX_TEXT = 2000
_MAX_NODES = 300
_MAX_NUMBER = 1e300
_STRIP_CELLS = 1_000_000
_MAX_CELL = float(np.finfo(np.float32).max)

_BINARY: dict[type[ast.operator], np.ufunc] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply,
    ast.Div: np.true_divide, ast.FloorDiv: np.floor_divide, ast.Mod: np.remainder,
    ast.Pow: np.power,
}  # fmt: skip
_OPERATORS = (*_BINARY, ast.BitAnd, ast.BitOr)
_COMPARED: dict[type[ast.cmpop], np.ufunc] = {
    ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater,
    ast.GtE: np.greater_equal, ast.Eq: np.equal, ast.NotEq: np.not_equal,
}  # fmt: skip


def _con(condition: np.ndarray, yes: np.ndarray, no: np.ndarray) -> np.ndarray:
    chosen = np.where(condition != 0, yes, no)
    return np.where(np.isnan(condition), np.nan, chosen)


#: Functions by lower-case name, with how many arguments they take.
_FUNCTIONS: dict[str, tuple[int, Callable[..., np.ndarray]]] = {
    "abs": (1, np.abs), "sqrt": (1, np.sqrt), "exp": (1, np.exp), "ln": (1, np.log),
    "log10": (1, np.log10), "log2": (1, np.log2), "sin": (1, np.sin),
    "cos": (1, np.cos), "tan": (1, np.tan), "asin": (1, np.arcsin),
    "acos": (1, np.arccos), "atan": (1, np.arctan), "atan2": (2, np.arctan2),
    "floor": (1, np.floor), "ceil": (1, np.ceil), "round": (1, np.rint),
    "min": (2, np.minimum), "max": (2, np.maximum), "con": (3, _con),
    "isnull": (1, lambda one: np.isnan(one).astype(np.float64)),
}  # fmt: skip
_CONSTANTS = {"pi": np.pi, "e": np.e}


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression; ``names`` are the rasters it needs, in upper case."""

    tree: ast.expr
    names: frozenset[str]

    def on(self, rasters: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the value of each cell, from float64 arrays of one shape.

        NaN is empty, and so is what is computed of it, except by IsNull and by the
        branch of Con that is not taken. True is 1, false 0; what has no finite value
        is NaN.
        """
        with np.errstate(all="ignore"):
            made = _value(self.tree, rasters)
        return np.where(np.isfinite(made), made, np.nan)

    def on_grids(
        self,
        grids: Mapping[str, Grid],
        shape: tuple[int, ...],
        progress: Callable[[float], None],
    ) -> np.ndarray:
        """Return the values of the first bands of grids of one shape, as float32.

        Some rows at a time, so that few numbers wait in memory. A number that is too
        large for float32 is NaN, as what is not finite.
        """
        rows, columns = shape
        made = np.empty(shape, dtype=np.float32)
        step = max(1, _STRIP_CELLS // columns)
        for top in range(0, rows, step):
            part = slice(top, top + step)
            found = self.on({name: _cells(one, part) for name, one in grids.items()})
            made[part] = np.where(np.abs(found) <= _MAX_CELL, found, np.nan)
            progress(100 * min(top + step, rows) / rows)
        return made


def _cells(grid: Grid, part: slice) -> np.ndarray:
    """Return some rows of the first band as float64, empty cells NaN."""
    values = grid.values[0, part]
    known = valid_cells(values, grid.nodata)
    return np.where(known, values, np.nan).astype(np.float64)


def parse_expression(text: str, known: frozenset[str]) -> Expression:
    """Read an expression over rasters of these names. Raises InvalidValue.

    Numbers, + - * / // % **, < <= > >= == !=, and, or, not, & | ~, the functions
    above in any case, pi and e. Nothing of Python but these nodes is let in.
    """
    if len(text) > _MAX_TEXT:
        raise InvalidValue(f"expected at most {_MAX_TEXT} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise InvalidValue("is not an expression such as (A + B) / 2") from None
    nodes = list(ast.walk(tree))
    if len(nodes) > _MAX_NODES:
        raise InvalidValue(f"has {len(nodes)} parts; at most {_MAX_NODES} are accepted")
    names: set[str] = set()
    _check(tree, known, names)
    return Expression(tree, frozenset(names))


def _check(node: ast.expr, known: frozenset[str], names: set[str]) -> None:
    """Refuse what is not allowed; collect the names of rasters."""
    if isinstance(node, ast.Constant):
        _check_number(node.value)
    elif isinstance(node, ast.Name):
        _check_name(node.id, known, names)
    else:
        for one in _operands(node):
            _check(one, known, names)


def _check_number(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValue(f"expected numbers, not {str(value)[:40]!r}")
    if abs(value) > _MAX_NUMBER:
        raise InvalidValue("expected numbers up to 1e300")


def _check_name(name: str, known: frozenset[str], names: set[str]) -> None:
    if name.upper() in known:
        names.add(name.upper())
    elif name.lower() not in _CONSTANTS:
        expected = ", ".join(sorted(known))
        raise InvalidValue(f"'{name[:40]}' is not one of the rasters {expected}")


def _operands(node: ast.expr) -> list[ast.expr]:
    """Return the parts of an allowed operation."""
    match node:
        case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _OPERATORS):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.BoolOp(values=values):
            return list(values)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if (
            type(op) in _COMPARED
        ):
            return [left, right]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            _check_call(name, len(arguments))
            return list(arguments)
    raise InvalidValue(f"'{ast.unparse(node)[:60]}' is not allowed in an expression")


def _check_call(name: str, count: int) -> None:
    found = _FUNCTIONS.get(name.lower())
    if found is None:
        raise InvalidValue(
            f"'{name[:40]}' is not one of the functions {', '.join(_FUNCTIONS)}"
        )
    if count != found[0]:
        raise InvalidValue(f"'{name}' takes {found[0]} values, not {count}")


def _value(node: ast.expr, rasters: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the value of a checked node; truth is 1.0 and 0.0."""
    match node:
        case ast.Constant() | ast.Name():
            made = _leaf(node, rasters)
        case ast.UnaryOp(op=op, operand=operand):
            made = _unary(op, _value(operand, rasters))
        case ast.BinOp(left=left, op=op, right=right):
            made = _binary(op, _value(left, rasters), _value(right, rasters))
        case ast.BoolOp(op=op, values=values):
            made = _value(values[0], rasters)
            for other in values[1:]:
                made = _logic(isinstance(op, ast.And), made, _value(other, rasters))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            one, two = _value(left, rasters), _value(right, rasters)
            made = _known(_COMPARED[type(op)](one, two), one, two)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            _, function = _FUNCTIONS[name.lower()]
            made = function(*(_value(one, rasters) for one in arguments))
        case _:
            raise InvalidValue("is not an expression")
    return np.asarray(made)


def _leaf(
    node: ast.Constant | ast.Name, rasters: Mapping[str, np.ndarray]
) -> np.ndarray:
    if isinstance(node, ast.Constant):
        return np.asarray(node.value, dtype=np.float64)
    found = rasters.get(node.id.upper())
    return np.asarray(_CONSTANTS[node.id.lower()] if found is None else found)


def _unary(op: ast.unaryop, one: np.ndarray) -> np.ndarray:
    if isinstance(op, ast.USub):
        return np.asarray(-one)
    return one if isinstance(op, ast.UAdd) else _known(one == 0, one)


def _binary(op: ast.operator, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    if type(op) in _BINARY:
        return np.asarray(_BINARY[type(op)](one, two))
    return _logic(isinstance(op, ast.BitAnd), one, two)


def _logic(is_and: bool, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    first, second = one != 0, two != 0
    return _known(first & second if is_and else first | second, one, two)


def _known(made: np.ndarray, *values: np.ndarray) -> np.ndarray:
    """Return truth as numbers, NaN where a value is."""
    empty = np.isnan(values[0]) if len(values) == 1 else np.isnan(values[0] + values[1])
    return np.where(empty, np.nan, made)
