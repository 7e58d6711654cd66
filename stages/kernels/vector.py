"""Vectors of whole registers inside kernels, for loops that LLVM would not vectorise by itself.

A value of these types is 64 bytes wide: 32 lanes of int16, or 16 of int32 or float32. LLVM splits
them on machines with narrower registers, so one source runs everywhere, with the same results; a
single operation (`look_up`) names an AVX-512 instruction where the machine has it. Memory is addressed
by byte offsets into a workspace, see `isp.rows`.

Kernels write ``a + b``, ``a - b``, ``a * b``, ``a << n``, ``a >> n`` (arithmetic), ``a ^ b`` and
``a & b``; a plain number is spread with `i16`, `i32` or `f32`.
"""

from __future__ import annotations

import operator
from typing import Any, Final

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import types
from numba.core.typing import signature
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES: Final = (
    32  # columns that a kernel works on at a time: one vector of int16, a pair of float32
)
I16, I32, F32, I8, I1 = ir.IntType(16), ir.IntType(32), ir.FloatType(), ir.IntType(8), ir.IntType(1)
HAS_PERMUTE: Final = bool(llvm.get_host_cpu_features().get("avx512f"))


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


def _spread(builder: ir.IRBuilder, value: Any, lanes: int) -> Any:
    """A scalar in every lane."""
    kind = ir.VectorType(value.type, lanes)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, I32(0))
    zeros = ir.Constant(ir.VectorType(I32, lanes), [0] * lanes)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), zeros)


def _declared(builder: ir.IRBuilder, name: str, gives: Any, takes: list[Any]) -> Any:
    """One of LLVM's intrinsic functions."""
    known = builder.module.globals.get(name)
    return known or ir.Function(builder.module, ir.FunctionType(gives, takes), name)


def _constant(kind: ir.VectorType, value: int) -> ir.Constant:
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
        return getattr(builder, name)(args[0], _spread(builder, count, kind.lanes))


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


def _address(context: Any, builder: Any, sig: Any, args: Any, to: Any, more: int = 0) -> Any:
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
            pointer = _address(context, builder, sig, args, kind.llvm)
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
        pointer = _address(context, builder, sig, args, vector.llvm)
        builder.store(args[2], pointer, align=1)
        return context.get_dummy_value()

    return types.none(work, offset, vector), generate


@intrinsic  # type: ignore[untyped-decorator]
def store_bytes(typing_context: Any, work: Any, offset: Any, vector: Any) -> Any:
    """Write the lowest byte of each lane of a vector of integers."""
    octets = ir.VectorType(I8, vector.lanes)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = _address(context, builder, sig, args, octets)
        builder.store(builder.trunc(args[2], octets), pointer, align=1)
        return context.get_dummy_value()

    return types.none(work, offset, vector), generate


def _spreader(kind: Vector, scalar: Any, doc: str) -> Any:
    def spread(typing_context: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return _spread(builder, context.cast(builder, args[0], value, scalar), kind.lanes)

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


@intrinsic  # type: ignore[untyped-decorator]
def above_unsigned(typing_context: Any, a: Any, b: Any) -> Any:
    """Mask of the lanes where unsigned a > b."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.icmp_unsigned(">", *args)

    return MASK[a.lanes](a, b), generate


@intrinsic  # type: ignore[untyped-decorator]
def above(typing_context: Any, a: Any, b: Any) -> Any:
    """Mask of the lanes where a > b."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _compare(builder, a, ">", args[0], args[1], unsigned=False)

    return MASK[a.lanes](a, b), generate


@intrinsic  # type: ignore[untyped-decorator]
def largest(typing_context: Any, vector: Any) -> Any:
    """The largest of 16 float32 that are no NaN."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = args[0]
        for step in (8, 4, 2, 1):
            order = ir.Constant(ir.VectorType(I32, 16), [lane ^ step for lane in range(16)])
            other = builder.shuffle_vector(value, value, order)
            value = builder.select(builder.fcmp_ordered(">", other, value), other, value)
        return builder.extract_element(value, I32(0))

    return (types.float32(vector), generate) if vector == F32x16 else None


@intrinsic  # type: ignore[untyped-decorator]
def first_lane(typing_context: Any, vector: Any, value: Any) -> Any:
    """The first of 16 float32 lanes that holds a value; 16 where none does."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        same = builder.fcmp_ordered("==", args[0], _spread(builder, args[1], 16))
        bits = builder.zext(builder.bitcast(same, I16), I32)
        bits = builder.or_(bits, I32(1 << 16))
        lane = builder.cttz(bits, I1(1))
        return builder.zext(lane, ir.IntType(64))

    fits = vector == F32x16 and value == types.float32
    return (types.int64(vector, value), generate) if fits else None


@intrinsic  # type: ignore[untyped-decorator]
def where(typing_context: Any, mask: Any, a: Any, b: Any) -> Any:
    """Lanes of a where the mask is set, else of b."""
    return a(mask, a, b), lambda context, builder, sig, args: builder.select(*args)


@intrinsic  # type: ignore[untyped-decorator]
def every_other_i16(typing_context: Any, even: Any, odd: Any) -> Any:
    """32 lanes of int16 that alternate between two numbers."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        a, b = (
            context.cast(builder, x, t, types.int16) for x, t in zip(args, sig.args, strict=True)
        )
        mask = ir.Constant(ir.VectorType(I1, 32), [1, 0] * 16)
        return builder.select(mask, _spread(builder, a, 32), _spread(builder, b, 32))

    return I16x32(even, odd), generate


@intrinsic  # type: ignore[untyped-decorator]
def evens(typing_context: Any, vector: Any) -> Any:
    """The even lanes of 32 int16, as int32."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        wide = builder.bitcast(args[0], I32x16.llvm)
        sixteen = _constant(I32x16.llvm, 16)
        return builder.ashr(builder.shl(wide, sixteen), sixteen)

    return I32x16(vector), generate


@intrinsic  # type: ignore[untyped-decorator]
def odds(typing_context: Any, vector: Any) -> Any:
    """The odd lanes of 32 int16, as int32."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ashr(builder.bitcast(args[0], I32x16.llvm), _constant(I32x16.llvm, 16))

    return I32x16(vector), generate


@intrinsic  # type: ignore[untyped-decorator]
def paired(typing_context: Any, even: Any, odd: Any) -> Any:
    """32 lanes of int16 from even and odd lanes in int32, each within [0, 65535]."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        high = builder.shl(args[1], _constant(I32x16.llvm, 16))
        return builder.bitcast(builder.or_(args[0], high), I16x32.llvm)

    return I16x32(even, odd), generate


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
        return builder.call(_declared(builder, "llvm.fmuladd.v16f32", a.llvm, [a.llvm] * 3), args)

    return (a(a, b, c), generate) if a == F32x16 else None


@intrinsic  # type: ignore[untyped-decorator]
def look_up(typing_context: Any, low: Any, high: Any, index: Any) -> Any:
    """Entry ``index & 31`` of a table of 32 float32 in two vectors, for each lane."""
    return F32x16(low, high, index), _permute if HAS_PERMUTE else _select_entry


def _permute(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    low, high, index = args
    takes = [F32x16.llvm, I32x16.llvm, F32x16.llvm]
    name = "llvm.x86.avx512.vpermi2var.ps.512"
    return builder.call(_declared(builder, name, F32x16.llvm, takes), [low, index, high])


def _select_entry(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """The same without the instruction: each lane reads its entry from memory."""
    low, high, index = args
    both = ir.Constant(ir.VectorType(I32, 32), list(range(32)))
    table = builder.shuffle_vector(low, high, both)
    index = builder.and_(index, _constant(I32x16.llvm, 31))
    result = ir.Constant(F32x16.llvm, ir.Undefined)
    for lane in range(16):
        entry = builder.extract_element(table, builder.extract_element(index, I32(lane)))
        result = builder.insert_element(result, entry, I32(lane))
    return result


def _interleaved(pixels: range) -> list[int]:
    """Where the bytes of RGB pixels come from: 64 bytes of R, G pairs, then 64 of B, 0 pairs."""
    return [index for j in pixels for index in (2 * j, 2 * j + 1, 64 + 2 * j)]


@intrinsic  # type: ignore[untyped-decorator]
def store_rgb(typing_context: Any, work: Any, offset: Any, red: Any, green: Any, blue: Any) -> Any:
    """Write 32 pixels of R, G, B bytes (lanes of int16 within [0, 255]): 96 bytes."""
    order = _interleaved(range(LANES))

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        r, g, b = args[2:]
        octets = ir.VectorType(I8, 64)
        shifted = builder.shl(g, _constant(I16x32.llvm, 8))
        pairs = builder.bitcast(builder.or_(r, shifted), octets)
        third = builder.bitcast(b, octets)
        for start, stop in ((0, 64), (64, 96)):
            mask = ir.Constant(ir.VectorType(I32, stop - start), order[start:stop])
            part = builder.shuffle_vector(pairs, third, mask)
            builder.store(part, _address(context, builder, sig, args, part.type, start), align=1)
        return context.get_dummy_value()

    return types.none(work, offset, red, green, blue), generate
