"""Small faults, put into a module one at a time: what a slip of the hand, or a line left out, would do."""

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from types import CodeType

SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
# Calls whose first argument says the same without them, but for their work.
THROUGH = {"sorted", "reversed", "set", "frozenset", "list", "tuple", "normalise_html", "bool"}
# Methods of a query set that narrow, order or lock it.
NARROWING = {"filter", "exclude", "order_by", "distinct", "select_for_update"}
# Statements whose loss changes no behaviour that is promised.
UNPROMISED = ("logger.", "audit.")

# A fault of a longer text is told by what differs, with so many characters before it.
LONG, AROUND = 120, 20


@dataclass(frozen=True)
class Mutant:
    """One fault: where it is, what it does, and what compiles the module with it."""

    path: str
    function: str
    line: int
    what: str
    compiled: Callable[[], CodeType]

    @property
    def name(self) -> str:
        """A name that stays when lines move."""
        return f"{self.path}::{self.function}: {self.what}"


def mutants_of(path: str, source: str, filename: str) -> Iterator[Mutant]:
    """Give every mutant of a module's functions, in the order of their lines.

    What stands outside of functions has run before any test, so it is left alone.
    """
    tree = ast.parse(source)
    seen: Counter[str] = Counter()
    for function, owner in _functions(tree):
        for node, faulty, what in _faults(owner):
            described = f"{function}: {what}"
            seen[described] += 1
            again = f" ({seen[described]})" if seen[described] > 1 else ""
            yield Mutant(path, function, _line(node), what + again, partial(_compiled, tree, node, faulty, filename))


def _functions(tree: ast.AST, inside: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield inside + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{inside}{node.name}.")


def _faults(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """Give each node of a function's body with what stands in its place, and both in words."""
    for statement in function.body:
        for node in ast.walk(statement):
            for faulty in _instead_of(node):
                yield node, faulty, _described(_short(node), _short(faulty))


def _instead_of(node: ast.AST) -> Iterator[ast.AST]:
    for kind, replacements in REPLACEMENTS:
        if isinstance(node, kind):
            yield from replacements(node)


def _comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for at, operator in enumerate(node.ops):
        operators = list(node.ops)
        operators[at] = SWAPPED[type(operator)]()
        yield ast.Compare(node.left, operators, node.comparators)


def _connectives(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    for at in range(len(node.values)):
        kept = node.values[:at] + node.values[at + 1 :]
        yield kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)


def _negations(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not):
        yield node.operand


def _conditions(node: ast.If | ast.IfExp | ast.While) -> Iterator[ast.AST]:
    if isinstance(node.test, ast.Compare | ast.BoolOp) or _is_not(node.test):
        return  # turned by its own operators
    turned = copy.copy(node)
    turned.test = ast.UnaryOp(ast.Not(), node.test)
    yield turned


def _is_not(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _selections(node: ast.comprehension) -> Iterator[ast.AST]:
    for at in range(len(node.ifs)):
        yield ast.comprehension(node.target, node.iter, node.ifs[:at] + node.ifs[at + 1 :], node.is_async)


def _constants(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield ast.Constant(node.value + 1)


def _sums(node: ast.BinOp) -> Iterator[ast.AST]:
    written = (ast.JoinedStr, ast.List)
    if type(node.op) in ARITHMETIC and not isinstance(node.left, written) and not isinstance(node.right, written):
        yield ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)


def _additions(node: ast.AugAssign) -> Iterator[ast.AST]:
    yield ast.Pass()


def _returns(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and not _is_empty(node.value):
        yield ast.Return(ast.Constant(None))


def _is_empty(node: ast.AST) -> bool:
    """True for what is as false as None: who asks for its truth alone sees no difference."""
    return (isinstance(node, ast.Constant) and not node.value) or (isinstance(node, ast.List) and not node.elts)


def _lost_errors(node: ast.Raise) -> Iterator[ast.AST]:
    yield ast.Pass()


def _lost_statements(node: ast.Expr) -> Iterator[ast.AST]:
    call = node.value
    if not isinstance(call, ast.Call) or ast.unparse(call).startswith(UNPROMISED):
        return
    # A method that names super holds its class; without the name, its code would not fit in its place.
    is_of_super = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "super()"
    yield ast.Expr(call.func.value) if is_of_super else ast.Pass()


def _lost_calls(node: ast.Call) -> Iterator[ast.AST]:
    """Give a call without its work, and one without each of its conditions."""
    function = node.func
    if isinstance(function, ast.Name) and function.id in THROUGH and node.args:
        yield node.args[0]
        if function.id == "sorted" and node.keywords:
            yield ast.Call(function, node.args, [])
    if not isinstance(function, ast.Attribute):
        return
    if function.attr in NARROWING:
        yield function.value if not _is_manager(function.value) else ast.Call(_all(function.value), [], [])
    if function.attr in {"filter", "exclude", "get"} and len(node.keywords) > 1:
        for at in range(len(node.keywords)):
            yield ast.Call(function, node.args, node.keywords[:at] + node.keywords[at + 1 :])
    if function.attr == "strip" and not node.args:
        yield function.value


def _is_manager(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute)


def _all(node: ast.expr) -> ast.expr:
    return ast.Attribute(node, "all", ast.Load())


def _slices(node: ast.Subscript) -> Iterator[ast.AST]:
    if isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
        yield node.value


def _jumps(node: ast.Continue | ast.Break) -> Iterator[ast.AST]:
    yield ast.Break() if isinstance(node, ast.Continue) else ast.Continue()


def _parts(node: ast.Tuple | ast.List) -> Iterator[ast.AST]:
    """Give a list without each of the lists that it is joined from."""
    for at, part in enumerate(node.elts):
        if isinstance(part, ast.Starred) and len(node.elts) > 1 and isinstance(node.ctx, ast.Load):
            yield type(node)(node.elts[:at] + node.elts[at + 1 :], node.ctx)


REPLACEMENTS = [
    (ast.Compare, _comparisons),
    (ast.BoolOp, _connectives),
    (ast.UnaryOp, _negations),
    ((ast.If, ast.IfExp, ast.While), _conditions),
    (ast.comprehension, _selections),
    (ast.Constant, _constants),
    (ast.BinOp, _sums),
    (ast.AugAssign, _additions),
    (ast.Return, _returns),
    (ast.Raise, _lost_errors),
    (ast.Expr, _lost_statements),
    (ast.Call, _lost_calls),
    (ast.Subscript, _slices),
    ((ast.Continue, ast.Break), _jumps),
    ((ast.Tuple, ast.List), _parts),
]


def _line(node: ast.AST) -> int:
    return node.target.lineno if isinstance(node, ast.comprehension) else node.lineno  # type: ignore[attr-defined]


def _compiled(tree: ast.Module, node: ast.AST, faulty: ast.AST, filename: str) -> CodeType:
    return compile(_with(tree, node, faulty), filename, "exec")


def _with(tree: ast.Module, node: ast.AST, faulty: ast.AST) -> ast.Module:
    """Return a copy of a module with one node replaced; lines stay where they are."""
    placed = faulty if hasattr(faulty, "lineno") else ast.copy_location(faulty, node)
    return ast.fix_missing_locations(copy.deepcopy(tree, {id(node): copy.deepcopy(placed)}))


def _described(before: str, after: str) -> str:
    """Say what became of what; of long expressions only where they differ."""
    if len(before) + len(after) < LONG:
        return f"{before} -> {after}"
    shorter = min(len(before), len(after))
    same = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    left = shorter - same
    same_end = next((at for at in range(left) if before[-1 - at] != after[-1 - at]), left)
    start = max(same - AROUND, 0)
    return " -> ".join(_cut(text[start : len(text) - same_end]) for text in (before, after))


def _cut(text: str) -> str:
    return text if len(text) < LONG else f"{text[:LONG]}…"


def _short(node: ast.AST) -> str:
    if isinstance(node, ast.If | ast.While):
        return f"{type(node).__name__.lower()} {ast.unparse(node.test)}"
    if isinstance(node, ast.comprehension):
        return ast.unparse(node).strip()
    return " ".join(ast.unparse(node).split())
