"""A network of two layers in ONNX's form, written byte by byte: what is brighter than grey is the thing.

There is no package here that writes ONNX, and none is needed for this: the format is protocol buffers, whose
fields are numbered in onnx.proto. It takes 1 x 3 x 1024 x 1024 and gives 1 x 1 x 1024 x 1024, as ISNet does.
"""

from __future__ import annotations

import struct
from pathlib import Path

SIDE = 1024
FLOAT = 1  # TensorProto.DataType
INTS, FLOATS = 7, 1  # AttributeProto.AttributeType


def write(path: Path) -> Path:
    middle = _node("ReduceMax", "picture", "light", _ints("axes", [1]) + _int("keepdims", 1))
    sharp = _node("HardSigmoid", "light", "alpha", _float("alpha", 40.0) + _float("beta", 0.5))
    graph = (
        _field(1, middle)
        + _field(1, sharp)
        + _field(2, b"tiny")
        + _field(11, _value("picture", [1, 3, SIDE, SIDE]))
        + _field(12, _value("alpha", [1, 1, SIDE, SIDE]))
    )
    path.write_bytes(_number(1, 8) + _field(8, _number(2, 13)) + _field(7, graph))
    return path


def _node(kind: str, source: str, target: str, attributes: bytes) -> bytes:
    return _field(1, source.encode()) + _field(2, target.encode()) + _field(4, kind.encode()) + attributes


def _ints(name: str, values: list[int]) -> bytes:
    said = b"".join(_number(8, value) for value in values)
    return _field(5, _field(1, name.encode()) + said + _number(20, INTS))


def _int(name: str, value: int) -> bytes:
    return _field(5, _field(1, name.encode()) + _number(3, value) + _number(20, 2))


def _float(name: str, value: float) -> bytes:
    return _field(5, _field(1, name.encode()) + b"\x15" + struct.pack("<f", value) + _number(20, FLOATS))


def _value(name: str, shape: list[int]) -> bytes:
    sides = b"".join(_field(1, _number(1, side)) for side in shape)
    return _field(1, name.encode()) + _field(2, _field(1, _number(1, FLOAT) + _field(2, sides)))


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
