"""Generated Python becomes LLVM assembly as it stands; every value is an int64.

The subset is that of generated modules: functions of whole numbers that return one or several; assignments,
`if`, `while`, `for` over `range`; comparisons, `and`, `or`, `not`, whole arithmetic, calls of each other.
`quotient` and `rest` are of numbers that are not below 0. Arrays are addresses: `at64`, `at32` and `at8`
read facts, which nothing changes meanwhile; `x[i]` reads an
int64 that may change; `put64`, `put32` and `put8` write. Anything else is refused.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, cast

from duly.errors import OurFault

__all__ = ["assembly"]

ORDERS: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "slt",
    ast.LtE: "sle",
    ast.Gt: "sgt",
    ast.GtE: "sge",
}
PLAIN: Final[Mapping[type[ast.operator], str]] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.BitAnd: "and",
    ast.BitOr: "or",
}
ENTRY: Final = "entry"
APART: Final = "apart"
HEAD: Final = """declare i64 @llvm.smax.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.abs.i64(i64, i1)
!0 = !{}
"""


class _Value(NamedTuple):
    """What holds a value: `bit` says that it is an i1, else it is an i64."""

    text: str
    bit: bool


class _Module:
    def __init__(self, tree: ast.Module) -> None:
        self.numbers: dict[str, int] = {}
        self.arrays: dict[str, list[int]] = {}
        self.functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for node in tree.body:
            if isinstance(node, ast.Assign):
                self._named(cast(ast.Name, node.targets[0]).id, node.value)
        self.widths = {name: _width(node, self.functions) for name, node in self.functions.items()}

    def _named(self, name: str, value: ast.expr) -> None:
        """A number, or an array of numbers, under a name."""
        if isinstance(value, ast.Call):
            self.arrays[name] = ast.literal_eval(value.args[0])
        else:
            self.numbers[name] = int(ast.literal_eval(value))

    def text(self) -> str:
        arrays = (
            f"@{name} = internal constant [{len(v)} x i64] [{', '.join(f'i64 {n}' for n in v)}]"
            for name, v in self.arrays.items()
        )
        bodies = (_Function(self, node).text() for node in self.functions.values())
        return "\n".join([*arrays, *bodies, HEAD])

    def result(self, name: str) -> str:
        """The type that a function returns."""
        width = self.widths[name]
        return "i64" if width == 1 else f"{{ {', '.join(['i64'] * width)} }}"


def assembly(text: str) -> str:
    """LLVM assembly of a generated module; functions decorated with `entry` can be called from outside."""
    return _Module(ast.parse(text)).text()


def _width(node: ast.FunctionDef, functions: Mapping[str, ast.FunctionDef]) -> int:
    """How many numbers a function returns."""
    returned = [inside.value for inside in ast.walk(node) if isinstance(inside, ast.Return)]
    for value in returned:
        if isinstance(value, ast.Tuple):
            return len(value.elts)
    for value in returned:
        if isinstance(value, ast.Call) and _name(value) in functions:
            return _width(functions[_name(value)], functions)
    return 1


def _name(call: ast.Call) -> str:
    return cast(ast.Name, call.func).id


class _Function:
    """Writes one function: each name has a place on the stack, which LLVM turns into registers."""

    def __init__(self, module: _Module, node: ast.FunctionDef) -> None:
        self._module, self._node = module, node
        self._lines: list[str] = []
        self._count = 0
        self._ended = False
        self._loops: list[tuple[str, str]] = []
        self._places = dict.fromkeys(argument.arg for argument in node.args.args)
        for inside in ast.walk(node):
            if isinstance(inside, ast.Name) and isinstance(inside.ctx, ast.Store):
                self._places[inside.id] = None

    def text(self) -> str:
        node, parameters = self._node, [argument.arg for argument in self._node.args.args]
        for name in parameters:
            self._put(f"store i64 %p.{name}, ptr %v.{name}")
        self._body(node.body)
        if not self._ended:
            self._put("ret i64 0" if self._module.widths[node.name] == 1 else "unreachable")
        outside = any(isinstance(d, ast.Name) and d.id == ENTRY for d in node.decorator_list)
        kind = "" if outside else "internal fastcc "
        given = ", ".join(f"i64 %p.{name}" for name in parameters)
        head = (
            f"define {kind}{self._module.result(node.name)} @{node.name}({given}) nounwind{self._apart()} {{"
        )
        places = [f"  %v.{name} = alloca i64" for name in self._places]
        return "\n".join([head, *places, *self._lines, "}"])

    def _apart(self) -> str:
        calls = (s.value for s in self._node.body if isinstance(s, ast.Expr))
        return " noinline" if any(isinstance(c, ast.Call) and _name(c) == APART for c in calls) else ""

    # Lines.

    def _put(self, line: str) -> None:
        if self._ended:
            self._label(self._new("dead"))
        self._lines.append(f"  {line}")

    def _set(self, line: str) -> str:
        self._count += 1
        self._put(f"%t{self._count} = {line}")
        return f"%t{self._count}"

    def _new(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"

    def _spare(self) -> str:
        """A place of its own, where no name of Python can be."""
        name = self._new(".")
        self._places[name] = None
        return f"%v.{name}"

    def _label(self, name: str) -> None:
        self._lines.append(f"{name}:")
        self._ended = False

    def _jump(self, label: str) -> None:
        if not self._ended:
            self._put(f"br label %{label}")
            self._ended = True

    def _branch(self, test: ast.expr, then: str, other: str) -> None:
        """Go where the test says; of `and` and `or` only as many parts are looked at as it takes."""
        if isinstance(test, ast.BoolOp):
            for part in test.values[:-1]:
                onward = self._new("next")
                settled = isinstance(test.op, ast.Or)
                self._branch(part, then if settled else onward, onward if settled else other)
                self._label(onward)
            self._branch(test.values[-1], then, other)
        elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            self._branch(test.operand, other, then)
        else:
            self._put(f"br i1 {self._bit(self._value(test))}, label %{then}, label %{other}")
            self._ended = True

    # Statements.

    def _body(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            if self._ended:
                return
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign():
                self._assign(node)
            case ast.AugAssign(target=ast.Name() as target):
                self._store(target, self._whole(self._operation(node.op, target, node.value)))
            case ast.If():
                self._if(node)
            case ast.While():
                self._while(node)
            case ast.For():
                self._for(node)
            case ast.Return():
                self._return(node.value)
            case ast.Break() | ast.Continue():
                self._jump(self._loops[-1][isinstance(node, ast.Break)])
            case ast.Expr(value=ast.Call() as call):
                self._call(call)
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                pass
            case _:
                raise _refused(node)

    def _assign(self, node: ast.Assign) -> None:
        target, value = node.targets[0], node.value
        if not isinstance(target, ast.Tuple):
            self._store(target, self._whole(self._value(value)))
            return
        if isinstance(value, ast.Tuple):
            found = [self._whole(self._value(part)) for part in value.elts]
        else:
            found = self._several(value)
        for name, part in zip(target.elts, found, strict=True):
            self._store(name, part)

    def _store(self, target: ast.expr, value: str) -> None:
        if isinstance(target, ast.Subscript):
            place = self._place(self._number(target.value), self._number(target.slice), 64)
            self._put(f"store i64 {value}, ptr {place}")
        else:
            self._put(f"store i64 {value}, ptr %v.{cast(ast.Name, target).id}")

    def _if(self, node: ast.If) -> None:
        then, other, after = self._new("then"), self._new("else"), self._new("after")
        self._branch(node.test, then, other if node.orelse else after)
        self._label(then)
        self._body(node.body)
        self._jump(after)
        if node.orelse:
            self._label(other)
            self._body(node.orelse)
            self._jump(after)
        self._label(after)

    def _while(self, node: ast.While) -> None:
        test, body, after = self._new("while"), self._new("body"), self._new("after")
        self._jump(test)
        self._label(test)
        self._branch(node.test, body, after)
        self._loop(node.body, body, test, after)
        self._jump(test)
        self._label(after)

    def _loop(self, statements: Sequence[ast.stmt], body: str, again: str, after: str) -> None:
        self._label(body)
        self._loops.append((again, after))
        self._body(statements)
        self._loops.pop()

    def _for(self, node: ast.For) -> None:
        """Over a range with a step above 0."""
        call, target = cast(ast.Call, node.iter), cast(ast.Name, node.target)
        given = [self._number(argument) for argument in call.args]
        begin, end, step = ["0", *given, "1"] if len(given) == 1 else [*given, "1"][:3]
        test, body, after = self._new("for"), self._new("body"), self._new("after")
        place = self._spare()
        self._put(f"store i64 {begin}, ptr {place}")
        self._jump(test)
        self._label(test)
        at = self._set(f"load i64, ptr {place}")
        self._put(f"br i1 {self._set(f'icmp slt i64 {at}, {end}')}, label %{body}, label %{after}")
        self._ended = True
        self._label(body)
        self._put(f"store i64 {at}, ptr %v.{target.id}")
        self._put(f"store i64 {self._set(f'add nsw i64 {at}, {step}')}, ptr {place}")
        self._loops.append((test, after))
        self._body(node.body)
        self._loops.pop()
        self._jump(test)
        self._label(after)

    def _return(self, value: ast.expr | None) -> None:
        kind = self._module.result(self._node.name)
        if isinstance(value, ast.Tuple):
            held = "poison"
            for at, part in enumerate(value.elts):
                found = self._whole(self._value(part))
                held = self._set(f"insertvalue {kind} {held}, i64 {found}, {at}")
        elif kind != "i64":
            held = self._call(cast(ast.Call, value))
        else:
            held = "0" if value is None else self._whole(self._value(value))
        self._put(f"ret {kind} {held}")
        self._ended = True

    # Values.

    def _number(self, node: ast.expr) -> str:
        return self._whole(self._value(node))

    def _whole(self, value: _Value) -> str:
        return self._set(f"zext i1 {value.text} to i64") if value.bit else value.text

    def _bit(self, value: _Value) -> str:
        return value.text if value.bit else self._set(f"icmp ne i64 {value.text}, 0")

    def _value(self, node: ast.expr) -> _Value:
        match node:
            case ast.Constant():
                return _Value(str(int(cast(int, node.value))), False)
            case ast.Name():
                return _Value(self._local(node.id), False)
            case ast.BinOp():
                return self._operation(node.op, node.left, node.right)
            case ast.UnaryOp(op=ast.USub()):
                return _Value(self._set(f"sub i64 0, {self._number(node.operand)}"), False)
            case ast.UnaryOp(op=ast.Not()):
                return _Value(self._set(f"xor i1 {self._bit(self._value(node.operand))}, 1"), True)
            case ast.Compare():
                return self._compare(node)
            case ast.BoolOp():
                return self._by_jumps(node)
            case ast.IfExp():
                return self._either(node)
            case ast.Subscript():
                return self._element(node)
            case ast.Call():
                return _Value(self._call(node), False)
            case _:
                raise _refused(node)

    def _local(self, name: str) -> str:
        if name in self._places:
            return self._set(f"load i64, ptr %v.{name}")
        if name in self._module.arrays:
            return self._set(f"ptrtoint ptr @{name} to i64")
        return str(self._module.numbers[name])

    def _operation(self, op: ast.operator, left: ast.expr, right: ast.expr) -> _Value:
        one, other = self._value(left), self._value(right)
        if isinstance(op, ast.BitAnd | ast.BitOr) and one.bit and other.bit:
            return _Value(self._set(f"{PLAIN[type(op)]} i1 {one.text}, {other.text}"), True)
        a, b = self._whole(one), self._whole(other)
        if type(op) in PLAIN:
            return _Value(self._set(f"{PLAIN[type(op)]} i64 {a}, {b}"), False)
        if isinstance(op, ast.FloorDiv | ast.Mod):
            return _Value(self._floor(a, b, quotient=isinstance(op, ast.FloorDiv)), False)
        raise _refused(op)

    def _floor(self, a: str, b: str, *, quotient: bool) -> str:
        """Division as Python has it: towards minus infinity."""
        toward_zero = self._set(f"sdiv i64 {a}, {b}")
        rest = self._set(f"srem i64 {a}, {b}")
        apart = self._set(f"icmp slt i64 {self._set(f'xor i64 {rest}, {b}')}, 0")
        lower = self._set(f"and i1 {apart}, {self._set(f'icmp ne i64 {rest}, 0')}")
        if quotient:
            return self._set(f"sub i64 {toward_zero}, {self._set(f'zext i1 {lower} to i64')}")
        return self._set(f"add i64 {rest}, {self._set(f'select i1 {lower}, i64 {b}, i64 0')}")

    def _compare(self, node: ast.Compare) -> _Value:
        """One comparison, or a chain of them: all are looked at."""
        values = [self._number(part) for part in (node.left, *node.comparators)]
        tests = [
            self._set(f"icmp {ORDERS[type(op)]} i64 {a}, {b}")
            for op, a, b in zip(node.ops, values, values[1:], strict=False)
        ]
        held = tests[0]
        for test in tests[1:]:
            held = self._set(f"and i1 {held}, {test}")
        return _Value(held, True)

    def _by_jumps(self, node: ast.expr) -> _Value:
        """A test whose parts may only be looked at in order."""
        yes, no, after = self._new("yes"), self._new("no"), self._new("after")
        self._branch(node, yes, no)
        for label in (yes, no):
            self._label(label)
            self._jump(after)
        self._label(after)
        return _Value(self._set(f"phi i1 [1, %{yes}], [0, %{no}]"), True)

    def _either(self, node: ast.IfExp) -> _Value:
        """One of two values; only that one is worked out, unless both are there: then no jump is made."""
        if all(isinstance(part, ast.Name | ast.Constant) for part in (node.body, node.orelse)):
            test, one, other = self._value(node.test), self._number(node.body), self._number(node.orelse)
            held = self._set(f"select i1 {self._bit(test)}, i64 {one}, i64 {other}, !unpredictable !0")
            return _Value(held, False)
        then, other, after = self._new("then"), self._new("else"), self._new("after")
        place = self._spare()
        self._branch(node.test, then, other)
        for label, value in ((then, node.body), (other, node.orelse)):
            self._label(label)
            self._put(f"store i64 {self._number(value)}, ptr {place}")
            self._jump(after)
        self._label(after)
        return _Value(self._set(f"load i64, ptr {place}"), False)

    def _element(self, node: ast.Subscript) -> _Value:
        place = self._place(self._number(node.value), self._number(node.slice), 64)
        return _Value(self._set(f"load i64, ptr {place}"), False)

    def _place(self, array: str, at: str, width: int) -> str:
        pointer = self._set(f"inttoptr i64 {array} to ptr")
        return self._set(f"getelementptr inbounds i{width}, ptr {pointer}, i64 {at}")

    # Calls.

    def _several(self, node: ast.expr) -> list[str]:
        """What a function with several results gives."""
        call = cast(ast.Call, node)
        held, kind = self._call(call), self._module.result(_name(call))
        width = self._module.widths[_name(call)]
        return [self._set(f"extractvalue {kind} {held}, {at}") for at in range(width)]

    def _call(self, node: ast.Call) -> str:
        name = _name(node)
        if name == APART:
            return "0"
        given = [self._number(argument) for argument in node.args]
        if name in self._module.functions:
            passed = ", ".join(f"i64 {each}" for each in given)
            return self._set(f"call fastcc {self._module.result(name)} @{name}({passed})")
        if name in ("int64", "int", "number"):
            return given[0]
        if name in ("min", "max"):
            return self._extreme(name, given)
        if name in ("quotient", "rest"):
            return self._set(f"{'udiv' if name == 'quotient' else 'urem'} i64 {given[0]}, {given[1]}")
        if name == "abs":
            return self._set(f"call i64 @llvm.abs.i64(i64 {given[0]}, i1 false)")
        if name.startswith("at"):
            return self._fact(int(name[2:]), given[0], given[1])
        if name.startswith("put"):
            return self._write(int(name[3:]), *given)
        raise _refused(node)

    def _extreme(self, name: str, given: Sequence[str]) -> str:
        held = given[0]
        for other in given[1:]:
            held = self._set(f"call i64 @llvm.s{name}.i64(i64 {held}, i64 {other})")
        return held

    def _fact(self, width: int, array: str, at: str) -> str:
        place = self._place(array, at, width)
        found = self._set(f"load i{width}, ptr {place}, !invariant.load !0")
        return found if width == 64 else self._set(f"sext i{width} {found} to i64")

    def _write(self, width: int, array: str, at: str, value: str) -> str:
        place = self._place(array, at, width)
        held = value if width == 64 else self._set(f"trunc i64 {value} to i{width}")
        self._put(f"store i{width} {held}, ptr {place}")
        return "0"


def _refused(node: ast.AST) -> OurFault:
    return OurFault(
        "Generated code cannot be compiled",
        detail=f"{type(node).__name__} has no translation.",
        where=f"line {getattr(node, 'lineno', '?')}",
    )
