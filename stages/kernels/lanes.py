"""What passes between the lanes of a vector: rearranged, looked up, the largest of all; see `vector`.

A single operation, `look_up`, names an AVX-512 instruction where the machine has it.
"""

from __future__ import annotations

from typing import Any, Final

import llvmlite.binding as llvm
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from stages.kernels.vector import (
    I1,
    I8,
    I16,
    I32,
    LANES,
    F32x16,
    I16x32,
    I32x16,
    address,
    constant,
    declared,
    in_all_lanes,
)

HAS_PERMUTE: Final = bool(llvm.get_host_cpu_features().get("avx512f"))


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
        same = builder.fcmp_ordered("==", args[0], in_all_lanes(builder, args[1], 16))
        bits = builder.zext(builder.bitcast(same, I16), I32)
        bits = builder.or_(bits, I32(1 << 16))
        lane = builder.cttz(bits, I1(1))
        return builder.zext(lane, ir.IntType(64))

    fits = vector == F32x16 and value == types.float32
    return (types.int64(vector, value), generate) if fits else None


@intrinsic  # type: ignore[untyped-decorator]
def every_other_i16(typing_context: Any, even: Any, odd: Any) -> Any:
    """32 lanes of int16 that alternate between two numbers."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        a, b = (
            context.cast(builder, x, t, types.int16) for x, t in zip(args, sig.args, strict=True)
        )
        mask = ir.Constant(ir.VectorType(I1, 32), [1, 0] * 16)
        return builder.select(mask, in_all_lanes(builder, a, 32), in_all_lanes(builder, b, 32))

    return I16x32(even, odd), generate


@intrinsic  # type: ignore[untyped-decorator]
def evens(typing_context: Any, vector: Any) -> Any:
    """The even lanes of 32 int16, as int32."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        wide = builder.bitcast(args[0], I32x16.llvm)
        sixteen = constant(I32x16.llvm, 16)
        return builder.ashr(builder.shl(wide, sixteen), sixteen)

    return I32x16(vector), generate


@intrinsic  # type: ignore[untyped-decorator]
def odds(typing_context: Any, vector: Any) -> Any:
    """The odd lanes of 32 int16, as int32."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.ashr(builder.bitcast(args[0], I32x16.llvm), constant(I32x16.llvm, 16))

    return I32x16(vector), generate


@intrinsic  # type: ignore[untyped-decorator]
def paired(typing_context: Any, even: Any, odd: Any) -> Any:
    """32 lanes of int16 from even and odd lanes in int32, each within [0, 65535]."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        high = builder.shl(args[1], constant(I32x16.llvm, 16))
        return builder.bitcast(builder.or_(args[0], high), I16x32.llvm)

    return I16x32(even, odd), generate


@intrinsic  # type: ignore[untyped-decorator]
def look_up(typing_context: Any, low: Any, high: Any, index: Any) -> Any:
    """Entry ``index & 31`` of a table of 32 float32 in two vectors, for each lane."""
    return F32x16(low, high, index), _permute if HAS_PERMUTE else _select_entry


def _permute(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    low, high, index = args
    takes = [F32x16.llvm, I32x16.llvm, F32x16.llvm]
    name = "llvm.x86.avx512.vpermi2var.ps.512"
    return builder.call(declared(builder, name, F32x16.llvm, takes), [low, index, high])


def _select_entry(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """The same without the instruction: each lane reads its entry from memory."""
    low, high, index = args
    both = ir.Constant(ir.VectorType(I32, 32), list(range(32)))
    table = builder.shuffle_vector(low, high, both)
    index = builder.and_(index, constant(I32x16.llvm, 31))
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
        shifted = builder.shl(g, constant(I16x32.llvm, 8))
        pairs = builder.bitcast(builder.or_(r, shifted), octets)
        third = builder.bitcast(b, octets)
        for start, stop in ((0, 64), (64, 96)):
            mask = ir.Constant(ir.VectorType(I32, stop - start), order[start:stop])
            part = builder.shuffle_vector(pairs, third, mask)
            builder.store(part, address(context, builder, sig, args, part.type, start), align=1)
        return context.get_dummy_value()

    return types.none(work, offset, red, green, blue), generate
