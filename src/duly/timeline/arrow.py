"""Columns of timelines go to Arrow and come back without a copy: both sides look at the same memory.

The type is a large list of structs of start (days since 1970-01-01), value (int64) and known (0 or 1).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from duly.errors import BadInput
from duly.timeline.timelines import Timelines


def arrow_type() -> Any:
    """The Arrow type of a column of timelines."""
    pa = _pyarrow()
    return pa.large_list(pa.field("item", _segment_type(), nullable=False))


def to_arrow(timelines: Timelines) -> Any:
    """The same memory as an Arrow array of `arrow_type()`; keep in mind that Arrow takes it as immutable."""
    pa = _pyarrow()
    columns = (
        (pa.date32(), timelines.starts),
        (pa.int64(), timelines.values),
        (pa.uint8(), timelines.known.view(np.uint8)),
    )
    count = len(timelines.starts)
    fields = [pa.Array.from_buffers(kind, count, [None, pa.py_buffer(array)]) for kind, array in columns]
    segments = pa.Array.from_buffers(_segment_type(), count, [None], children=fields)
    offsets = pa.py_buffer(timelines.offsets)
    return pa.Array.from_buffers(arrow_type(), len(timelines), [None, offsets], children=[segments])


def from_arrow(array: Any) -> Timelines:
    """The same memory as columns (only the offsets of a slice are copied).

    Raises `BadInput` for another type, and `OurFault` where rows are not in order.
    """
    if array.type != arrow_type() or array.null_count:
        raise BadInput(
            "Not a column of timelines", detail=f"It is {array.type}.", hint="Write it with to_arrow."
        )
    offsets: Any = array.offsets.to_numpy()
    span = slice(int(offsets[0]), int(offsets[-1]))
    start, value, known = (array.values.field(index) for index in range(3))
    return Timelines.ordered(
        offsets=offsets if span.start == 0 else offsets - span.start,
        starts=_memory(start, np.dtype(np.int32))[span],
        values=_memory(value, np.dtype(np.int64))[span],
        known=_memory(known, np.dtype(np.bool_))[span],
    )


def _pyarrow() -> Any:
    """pyarrow has no types, takes long to import, and most processes never need it."""
    return import_module("pyarrow")


def _segment_type() -> Any:
    pa = _pyarrow()
    return pa.struct(
        [
            pa.field("start", pa.date32(), nullable=False),
            pa.field("value", pa.int64(), nullable=False),
            pa.field("known", pa.uint8(), nullable=False),
        ]
    )


def _memory(column: Any, dtype: np.dtype[Any]) -> Any:
    """The data buffer of an Arrow array without nulls, as NumPy sees it."""
    data = np.frombuffer(column.buffers()[1], dtype=dtype)
    return data[column.offset : column.offset + len(column)]
