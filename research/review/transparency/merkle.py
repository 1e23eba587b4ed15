"""A Merkle tree as in RFC 9162, section 2.1: roots, inclusion proofs and consistency proofs. Pure functions.

``Node`` gives the hash of a whole subtree: of its level (0 is a leaf, a level more is twice as many leaves) and
its index on that level. Everything else is put together from those.
"""

import hashlib
from collections.abc import Callable, Sequence

Node = Callable[[int, int], bytes]

LEAF, INNER = b"\x00", b"\x01"
#: The root of a tree without leaves.
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(LEAF + data).digest()


def inner_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two neighbours."""
    return hashlib.sha256(INNER + left + right).digest()


def whole(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a power of two of neighbouring hashes."""
    row = list(hashes)
    while len(row) > 1:
        row = [inner_hash(row[n], row[n + 1]) for n in range(0, len(row), 2)]
    return row[0]


def root(size: int, node: Node) -> bytes:
    """Return the root of the tree of the first ``size`` leaves."""
    return _range(0, size, node) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, node: Node) -> list[bytes]:
    """Return the audit path of a leaf, counted from 0, in the tree of a size; from the leaf up (2.1.3.1).

    Raises:
        ValueError: no such leaf in that tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"Leaf {index} is not in a tree of {size}.")
    path, low, high = [], 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range(middle, high, node))
            high = middle
        else:
            path.append(_range(low, middle, node))
            low = middle
    return path[::-1]


def consistency_path(old: int, size: int, node: Node) -> list[bytes]:
    """Return the proof that the tree of ``old`` leaves is the beginning of the tree of ``size`` (2.1.4.1).

    Raises:
        ValueError: the old tree is empty or larger.
    """
    if not 0 < old <= size:
        raise ValueError(f"A tree of {old} is not the beginning of one of {size}.")
    path: list[bytes] = []
    low, high, is_old_root = 0, size, True
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range(middle, high, node))
            high = middle
        else:
            path.append(_range(low, middle, node))
            low, is_old_root = middle, False
    return (path if is_old_root else [*path, _range(low, high, node)])[::-1]


def _split(count: int) -> int:
    """Return the largest power of two smaller than a count of at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def _range(low: int, high: int, node: Node) -> bytes:
    """Return the root over the leaves from ``low`` up to ``high``, as the tree is split."""
    count = high - low
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, low >> level)
    middle = low + _split(count)
    return inner_hash(_range(low, middle, node), _range(middle, high, node))
