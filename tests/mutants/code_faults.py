"""Faults for a Python module: turned comparisons, dropped branches, changed values."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TURNED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: (r"<", "<="),
    ast.LtE: (r"<=", "<"),
    ast.Gt: (r">", ">="),
    ast.GtE: (r">=", ">"),
    ast.Eq: (r"==", "!="),
    ast.NotEq: (r"!=", "=="),
    ast.In: (r"\bin\b", "not in"),
    ast.NotIn: (r"\bnot\s+in\b", "in"),
    ast.Is: (r"\bis\b", "is not"),
    ast.IsNot: (r"\bis\s+not\b", "is"),
}
JOINED: dict[type[ast.boolop], tuple[str, str]] = {
    ast.And: (r"\band\b", "or"),
    ast.Or: (r"\bor\b", "and"),
}
MOST_TEXT = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """A piece of a file replaced by another; `line` counts from 1, the rest are offsets."""

    path: Path
    line: int
    start: int
    end: int
    was: str
    becomes: str

    def planted_in(self, text: str) -> str:
        """Return the text of the file with the fault in it."""
        assert text[self.start : self.end] == self.was
        return text[: self.start] + self.becomes + text[self.end :]

    def __str__(self) -> str:
        """Return where it is and what changes, on one line."""
        was, becomes = (" ".join(words.split()) for words in (self.was, self.becomes))
        return f"{self.path}:{self.line}: `{was[:MOST_TEXT]}` becomes `{becomes[:MOST_TEXT]}`"


def faults_in_code(path: Path, root: Path) -> Iterator[Fault]:
    """Yield every fault of a module, in the order of its lines."""
    text = (root / path).read_text(encoding="utf-8")
    source = _Source(path, text)
    tree = ast.parse(text)
    for node in sorted(_executed(tree), key=lambda n: (n.lineno, n.col_offset)):
        yield from source.faults_at(node)


@dataclass(slots=True)
class _Source:
    path: Path
    text: str

    def faults_at(self, node: ast.expr | ast.stmt) -> Iterator[Fault]:
        match node:
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in TURNED:
                yield from self._between(left, right, *TURNED[type(op)])
            case ast.BoolOp(op=op, values=[first, second, *_]):
                yield from self._between(first, second, *JOINED[type(op)])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield self._fault(node, self._segment(operand))
            case ast.If(test=test) | ast.IfExp(test=test):
                yield self._fault(test, "False")
            case ast.Constant(value=bool()):
                yield self._fault(node, str(not node.value))
            case ast.Constant(value=int()):
                yield self._fault(node, str(node.value + 1))
            case ast.Constant(value=str()) if node.value.isidentifier():
                yield self._fault(node, repr(f"{node.value}x"))

    def _between(self, left: ast.expr, right: ast.expr, sign: str, becomes: str) -> Iterator[Fault]:
        start, end = self._offset(left, at_end=True), self._offset(right)
        found = re.search(sign, self.text[start:end])
        if found:
            place = (start + found.start(), start + found.end())
            line = self.text.count("\n", 0, place[0]) + 1
            yield Fault(self.path, line, *place, found[0], becomes)

    def _fault(self, node: ast.expr | ast.stmt, becomes: str) -> Fault:
        start, end = self._offset(node), self._offset(node, at_end=True)
        return Fault(self.path, node.lineno, start, end, self.text[start:end], becomes)

    def _segment(self, node: ast.expr) -> str:
        return self.text[self._offset(node) : self._offset(node, at_end=True)]

    def _offset(self, node: ast.expr | ast.stmt, *, at_end: bool = False) -> int:
        """Return a place as an index of the text; ast counts columns in bytes of UTF-8."""
        line = (node.end_lineno if at_end else node.lineno) or 1
        column = (node.end_col_offset if at_end else node.col_offset) or 0
        lines = self.text.splitlines(keepends=True)
        inside = lines[line - 1].encode()[:column].decode()
        return sum(map(len, lines[: line - 1])) + len(inside)


def _executed(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Yield the nodes whose change changes behaviour: no annotation, docstring or message."""
    for field, child in _children(tree):
        if field in ("annotation", "returns", "decorator_list", "bases", "keywords_of_class"):
            continue
        if isinstance(child, ast.Raise | ast.JoinedStr | ast.Import | ast.ImportFrom):
            continue
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Subscript) and ast.unparse(child.value) == "Literal":
            continue
        if isinstance(child, ast.expr | ast.stmt):
            yield child
        yield from _executed(child)


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                is_class_keyword = isinstance(node, ast.ClassDef) and field == "keywords"
                yield ("keywords_of_class" if is_class_keyword else field), child
