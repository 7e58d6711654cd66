"""Memory in compiled loops: fetch ahead of need, and write what is not read again past the caches."""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

LINE: Final = 64  # bytes of a cache line
_BYTE, _INT, _LONG = ir.IntType(8), ir.IntType(32), ir.IntType(64)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, offset: Any) -> Any:
    base = context.make_array(kind)(context, builder, array).data
    return builder.gep(builder.bitcast(base, _BYTE.as_pointer()), [offset])


@intrinsic  # type: ignore[untyped-decorator]
def address_of(typing_context: Any, array: Any) -> Any:
    """Address of an array's first element."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        base = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.ptrtoint(base, _LONG)

    return types.int64(array), generate


@intrinsic  # type: ignore[untyped-decorator]
def fetch(typing_context: Any, array: Any, offset: Any) -> Any:
    """Ask for the cache line at a byte offset of an array, to be read soon."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        byte = _BYTE.as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, _INT, _INT, _INT])
        name = "llvm.prefetch.p0"
        known = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        pointer = _pointer(context, builder, sig.args[0], *args)
        builder.call(known, [pointer, _INT(0), _INT(2), _INT(1)])
        return context.get_dummy_value()

    return types.none(array, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def copy_bytes(typing_context: Any, target: Any, to: Any, source: Any, at: Any, count: Any) -> Any:
    """Copy bytes between arrays that do not overlap; offsets in bytes."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        byte, name = _BYTE.as_pointer(), "llvm.memcpy.p0.p0.i64"
        kind = ir.FunctionType(ir.VoidType(), [byte, byte, _LONG, ir.IntType(1)])
        known = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        room = _pointer(context, builder, sig.args[0], args[0], args[1])
        given = _pointer(context, builder, sig.args[2], args[2], args[3])
        builder.call(known, [room, given, args[4], ir.IntType(1)(0)])
        return context.get_dummy_value()

    i = types.int64
    return types.none(target, i, source, i, i), generate


@intrinsic  # type: ignore[untyped-decorator]
def stream_line(typing_context: Any, target: Any, to: Any, source: Any, at: Any) -> Any:
    """Copy 64 bytes to an aligned line that is written to memory without being read first."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        line = ir.VectorType(_BYTE, LINE)
        given = _pointer(context, builder, sig.args[2], args[2], args[3])
        value = builder.load(builder.bitcast(given, line.as_pointer()), align=1)
        room = _pointer(context, builder, sig.args[0], args[0], args[1])
        written = builder.store(value, builder.bitcast(room, line.as_pointer()), align=LINE)
        written.set_metadata("nontemporal", builder.module.add_metadata([_INT(1)]))
        return context.get_dummy_value()

    return types.none(target, types.int64, source, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def ticks(typing_context: Any) -> Any:
    """The processor's count of time, in a unit of its own."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        name = "llvm.readcyclecounter"
        kind = ir.FunctionType(_LONG, [])
        known = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        return builder.call(known, [])

    return types.int64(), generate


@intrinsic  # type: ignore[untyped-decorator]
def finish_streams(typing_context: Any) -> Any:
    """Wait until streamed lines can be seen by other threads."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.none(), generate
