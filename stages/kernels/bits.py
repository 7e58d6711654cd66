"""The bits of a float32 as an integer and back, for kernels that work on exponent and mantissa."""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.extending import intrinsic


@intrinsic  # type: ignore[untyped-decorator]
def bits_of(typing_context: Any, value: Any) -> Any:
    """The bit pattern of a float32, as int32 (non-negative floats order as their patterns do)."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(types.int32))

    return (types.int32(value), generate) if value == types.float32 else None


@intrinsic  # type: ignore[untyped-decorator]
def from_bits(typing_context: Any, pattern: Any) -> Any:
    """The float32 of a bit pattern, the low 32 bits of an integer."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        low = context.cast(builder, args[0], pattern, types.int32)
        return builder.bitcast(low, context.get_value_type(types.float32))

    return (types.float32(pattern), generate) if isinstance(pattern, types.Integer) else None
