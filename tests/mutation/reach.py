"""Which statements of a module a test reaches, told by the module itself.

A tracer watches every line of the whole project; a module that names its own statements as they run costs the rest
nothing, so learning takes hardly longer than the tests do.
"""

import ast
import builtins
from bisect import bisect_right
from types import CodeType

# What a noted statement calls, with its line.
NAME = "__reached__"


class Reach:
    """The statements reached since they were last taken, by module."""

    def __init__(self) -> None:
        self.met: set[tuple[str, int]] = set()
        setattr(builtins, NAME, self.met.add)

    def take(self) -> dict[str, list[int]]:
        """Return the lines on which the reached statements start, by module, and forget them."""
        found: dict[str, list[int]] = {}
        for path, line in sorted(self.met):
            found.setdefault(path, []).append(line)
        self.met.clear()
        return found


def noting(path: str, source: str, filename: str) -> CodeType:
    """Return a module whose functions say, before each statement, that they reach it; lines stay where they are."""
    tree = _Noting(path).visit(ast.parse(source))
    return compile(ast.fix_missing_locations(tree), filename, "exec")


def statements(source: str) -> list[int]:
    """Return the lines on which statements start, in order."""
    return sorted({node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)})


def statement_at(starts: list[int], line: int) -> int:
    """Return where the statement starts that a line is part of."""
    return starts[max(bisect_right(starts, line) - 1, 0)]


class _Noting(ast.NodeTransformer):
    def __init__(self, path: str) -> None:
        self.path, self.depth = path, 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.depth += 1
        found = self.generic_visit(node)
        self.depth -= 1
        return found

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if self.depth:
            for name in ("body", "orelse", "finalbody"):
                within = getattr(node, name, None)
                if isinstance(within, list):
                    setattr(node, name, [part for each in within for part in (self._note(each), each)])
        return node

    def _note(self, statement: ast.stmt) -> ast.stmt:
        said = ast.parse(f"{NAME}(({self.path!r}, {statement.lineno}))").body[0]
        for part in ast.walk(said):
            ast.copy_location(part, statement)
        return said
