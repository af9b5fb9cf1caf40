"""MessagePack that a well-behaved library would refuse to write.

The tests need invalid UTF-8 in a `str`, keys that occur twice and lengths that lie. This file writes such bytes; it knows nothing of methods.
"""

import struct

import msgpack


class Raw(bytes):
    """Bytes that are MessagePack already and are put into a message as they are."""


class Pairs(list):
    """A map as a list of (key, value), so that a key may occur twice."""


def bad_text(value: bytes) -> Raw:
    """`value` as a `str`, whether or not it is UTF-8."""
    if len(value) < 32:
        return Raw(bytes([0xA0 | len(value)]) + value)
    return Raw(b"\xdb" + struct.pack(">I", len(value)) + value)


def pack(value) -> bytes:
    """`value` as MessagePack; understands Raw and Pairs at any depth."""
    if isinstance(value, Raw):
        return bytes(value)
    if isinstance(value, Pairs):
        return _map_header(len(value)) + b"".join(pack(k) + pack(v) for k, v in value)
    if isinstance(value, dict):
        return pack(Pairs(value.items()))
    if isinstance(value, (list, tuple)):
        return _array_header(len(value)) + b"".join(map(pack, value))
    return msgpack.packb(value, use_bin_type=True)


def request(msgid, method, params) -> bytes:
    return pack([0, msgid, method, params])


def notification(method, params) -> bytes:
    return pack([2, method, params])


def nested(depth: int) -> Raw:
    """`depth` arrays inside one another; the innermost is empty."""
    return Raw(b"\x91" * (depth - 1) + b"\x90")


def sized_request(msgid, method, size: int) -> bytes:
    """A request of exactly `size` bytes, filled up by an unknown key."""
    for padding in range(max(0, size - 80), size):
        whole = request(msgid, method, [{"padding": "x" * padding}])
        if len(whole) == size:
            return whole
    raise ValueError(f"no request of {size} bytes")


def _map_header(n: int) -> bytes:
    return bytes([0x80 | n]) if n < 16 else b"\xde" + struct.pack(">H", n)


def _array_header(n: int) -> bytes:
    return bytes([0x90 | n]) if n < 16 else b"\xdc" + struct.pack(">H", n)
