"""Vectors of whole registers inside kernels, for loops that LLVM would not vectorise by itself.

A value of these types is 64 bytes wide: 32 lanes of int16, or 16 of int32 or float32. LLVM splits
them on machines with narrower registers, so one source runs everywhere, with the same results.
Memory is addressed by byte offsets into a workspace, see `isp.rows`.

Kernels write ``a + b``, ``a - b``, ``a * b``, ``a << n``, ``a >> n`` (arithmetic), ``a ^ b`` and
``a & b``; a plain number is spread with `i16`, `i32` or `f32`.
"""

from __future__ import annotations

import operator
from typing import Any, Final

from llvmlite import ir
from numba.core import types
from numba.core.typing import signature
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES: Final = (
    32  # columns that a kernel works on at a time: one vector of int16, a pair of float32
)
I16, I32, F32, I8, I1 = ir.IntType(16), ir.IntType(32), ir.FloatType(), ir.IntType(8), ir.IntType(1)


class Vector(types.Type):
    """Numba's type of a vector: an element type and a number of lanes."""

    def __init__(self, element: ir.Type, lanes: int) -> None:
        self.element, self.lanes = element, lanes
        super().__init__(name=f"vector({lanes} x {element})")

    @property
    def llvm(self) -> ir.VectorType:
        """The type in LLVM's terms."""
        return ir.VectorType(self.element, self.lanes)


I16x32, I32x16, F32x16 = Vector(I16, 32), Vector(I32, 16), Vector(F32, 16)
MASK: Final = {32: Vector(I1, 32), 16: Vector(I1, 16)}


@register_model(Vector)
class _Model(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Vector) -> None:
        super().__init__(manager, kind, kind.llvm)


def in_all_lanes(builder: ir.IRBuilder, value: Any, lanes: int) -> Any:
    """A scalar in every lane."""
    kind = ir.VectorType(value.type, lanes)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, I32(0))
    zeros = ir.Constant(ir.VectorType(I32, lanes), [0] * lanes)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), zeros)


def declared(builder: ir.IRBuilder, name: str, gives: Any, takes: list[Any]) -> Any:
    """One of LLVM's intrinsic functions."""
    known = builder.module.globals.get(name)
    return known or ir.Function(builder.module, ir.FunctionType(gives, takes), name)


def constant(kind: ir.VectorType, value: int) -> ir.Constant:
    """A whole number in every lane, known when compiling."""
    return ir.Constant(kind, [value] * kind.count)


def _register(symbol: Any, whole: str, real: str | None) -> None:
    """Give two vectors of one type an operator."""

    @infer_global(symbol)  # type: ignore[untyped-decorator]
    class _Typing(AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: Any, kws: Any) -> Any:
            a, b = args if len(args) == 2 else (None, None)
            fits = isinstance(a, Vector) and a == b and (real is not None or a.element != F32)
            return signature(a, a, b) if fits else None

    @lower_builtin(symbol, Vector, Vector)  # type: ignore[untyped-decorator]
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        name = real if sig.return_type.element == F32 else whole
        return getattr(builder, str(name))(*args)


def _register_shift(symbol: Any, name: str) -> None:
    """Give a vector of integers a shift by a plain number."""

    @infer_global(symbol)  # type: ignore[untyped-decorator]
    class _Typing(AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: Any, kws: Any) -> Any:
            fits = (
                len(args) == 2
                and isinstance(args[0], Vector)
                and isinstance(args[1], types.Integer)
            )
            return signature(args[0], *args) if fits else None

    @lower_builtin(symbol, Vector, types.Integer)  # type: ignore[untyped-decorator]
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = sig.return_type
        count = context.cast(builder, args[1], sig.args[1], types.int64)
        count = builder.trunc(count, kind.element)
        return getattr(builder, name)(args[0], in_all_lanes(builder, count, kind.lanes))


for _symbol, _whole, _real in (
    (operator.add, "add", "fadd"),
    (operator.sub, "sub", "fsub"),
    (operator.mul, "mul", "fmul"),
    (operator.and_, "and_", None),
    (operator.xor, "xor", None),
):
    _register(_symbol, _whole, _real)
_register_shift(operator.lshift, "shl")
_register_shift(operator.rshift, "ashr")


def address(context: Any, builder: Any, sig: Any, args: Any, to: Any, more: int = 0) -> Any:
    """Pointer to the byte offset ``args[1]`` of ``args[0]``: a pointer, or an array of any dtype."""
    base = args[0]
    if isinstance(sig.args[0], types.Array):
        base = context.make_array(sig.args[0])(context, builder, base).data
    base = builder.bitcast(base, I8.as_pointer())
    offset = context.cast(builder, args[1], sig.args[1], types.int64)
    offset = builder.add(offset, ir.IntType(64)(more))
    return builder.bitcast(builder.gep(base, [offset]), to.as_pointer())


def _loader(kind: Vector, doc: str) -> Any:
    def load(typing_context: Any, work: Any, offset: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            pointer = address(context, builder, sig, args, kind.llvm)
            return builder.load(pointer, align=1)

        return kind(work, offset), generate

    load.__doc__ = doc
    return intrinsic(load)


load_i16: Any = _loader(I16x32, "32 lanes of int16 from a byte offset of the workspace.")
load_f32: Any = _loader(F32x16, "16 lanes of float32 from a byte offset of the workspace.")


@intrinsic  # type: ignore[untyped-decorator]
def store(typing_context: Any, work: Any, offset: Any, vector: Any) -> Any:
    """Write a vector at a byte offset of the workspace."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = address(context, builder, sig, args, vector.llvm)
        builder.store(args[2], pointer, align=1)
        return context.get_dummy_value()

    return types.none(work, offset, vector), generate


@intrinsic  # type: ignore[untyped-decorator]
def store_bytes(typing_context: Any, work: Any, offset: Any, vector: Any) -> Any:
    """Write the lowest byte of each lane of a vector of integers."""
    octets = ir.VectorType(I8, vector.lanes)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = address(context, builder, sig, args, octets)
        builder.store(builder.trunc(args[2], octets), pointer, align=1)
        return context.get_dummy_value()

    return types.none(work, offset, vector), generate


def _spreader(kind: Vector, scalar: Any, doc: str) -> Any:
    def spread(typing_context: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return in_all_lanes(builder, context.cast(builder, args[0], value, scalar), kind.lanes)

        return kind(value), generate

    spread.__doc__ = doc
    return intrinsic(spread)


i16: Any = _spreader(I16x32, types.int16, "A number in 32 lanes of int16.")
i32: Any = _spreader(I32x16, types.int32, "A number in 16 lanes of int32.")
f32: Any = _spreader(F32x16, types.float32, "A number in 16 lanes of float32.")


def _compare(builder: Any, kind: Vector, sign: str, a: Any, b: Any, unsigned: bool) -> Any:
    if kind.element == F32:
        return builder.fcmp_ordered(sign, a, b)
    return (builder.icmp_unsigned if unsigned else builder.icmp_signed)(sign, a, b)


def _chooser(sign: str, doc: str, unsigned: bool = False) -> Any:
    """Of two vectors, lane by lane, ``a`` where the comparison holds, else ``b``."""

    def choose(typing_context: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return builder.select(_compare(builder, a, sign, args[0], args[1], unsigned), *args)

        return (a(a, b), generate) if isinstance(a, Vector) and a == b else None

    choose.__doc__ = doc
    return intrinsic(choose)


least: Any = _chooser("<", "The smaller of two vectors; the second where the first is no number.")
most: Any = _chooser(">", "The larger of two vectors; the second where the first is no number.")
least_unsigned: Any = _chooser("<", "The smaller of two vectors of unsigned integers.", True)


def _masker(doc: str, unsigned: bool = False) -> Any:
    """Of two vectors, the mask of the lanes where ``a`` is above ``b``."""

    def mask(typing_context: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return _compare(builder, a, ">", args[0], args[1], unsigned)

        return (MASK[a.lanes](a, b), generate) if isinstance(a, Vector) and a == b else None

    mask.__doc__ = doc
    return intrinsic(mask)


above: Any = _masker("Mask of the lanes where a > b.")
above_unsigned: Any = _masker("Mask of the lanes where unsigned a > b.", True)


@intrinsic  # type: ignore[untyped-decorator]
def where(typing_context: Any, mask: Any, a: Any, b: Any) -> Any:
    """Lanes of a where the mask is set, else of b."""
    return a(mask, a, b), lambda context, builder, sig, args: builder.select(*args)


def _converter(source: Vector, target: Vector, name: str, doc: str) -> Any:
    def convert(typing_context: Any, vector: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return getattr(builder, name)(args[0], target.llvm)

        return (target(vector), generate) if vector == source else None

    convert.__doc__ = doc
    return intrinsic(convert)


to_float: Any = _converter(I32x16, F32x16, "sitofp", "int32 as float32.")
truncated: Any = _converter(F32x16, I32x16, "fptosi", "float32 cut to whole numbers, int32.")
bit_patterns: Any = _converter(F32x16, I32x16, "bitcast", "The bits of float32 lanes, as int32.")


@intrinsic  # type: ignore[untyped-decorator]
def fused(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """A · b + c, rounded once where the machine can."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.call(declared(builder, "llvm.fmuladd.v16f32", a.llvm, [a.llvm] * 3), args)

    return (a(a, b, c), generate) if a == F32x16 else None
