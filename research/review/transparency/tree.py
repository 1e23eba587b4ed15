"""The Merkle tree over the chain of signatures, read from its stored tiles and its newest lines."""

from collections.abc import Iterator

from research.models.signoffs import SignOff
from research.models.transparency import TreeTile
from research.review.transparency import merkle

TILE_LEVELS = 8
TILE_WIDTH = 1 << TILE_LEVELS
HASH_BYTES = 32


def leaf_of(line_hash: str) -> bytes:
    """Return the leaf of a line: the hash of its line hash, as bytes."""
    return merkle.leaf_hash(bytes.fromhex(line_hash))


class StoredTree:
    """Gives the hashes of whole subtrees. What it read it keeps, so make a new one for each proof or checkpoint."""

    def __init__(self) -> None:
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        self._nodes: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """Return the hash of a whole subtree, as ``merkle.Node``."""
        found = self._nodes.get((level, index))
        if found is None:
            found = self._nodes[level, index] = self._made(level, index)
        return found

    def _made(self, level: int, index: int) -> bytes:
        tile_level, inside = divmod(level, TILE_LEVELS)
        if inside:
            return merkle.inner_hash(self(level - 1, 2 * index), self(level - 1, 2 * index + 1))
        tile, place = divmod(index, TILE_WIDTH)
        return self._tile(tile_level, tile)[place]

    def _tile(self, level: int, index: int) -> list[bytes]:
        if (level, index) not in self._tiles:
            self._tiles[level, index] = hashes_in(level, index)
        return self._tiles[level, index]


def hashes_in(level: int, index: int) -> list[bytes]:
    """Return the hashes of a tile as far as there are any, from its row or, where it is not full, from below."""
    stored = TreeTile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
    if stored is not None:
        data = bytes(stored)
        return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
    return made_from_below(level, index)


def made_from_below(level: int, index: int) -> list[bytes]:
    """Return the hashes of a tile as its lines, or the tiles below it, have them."""
    first = index * TILE_WIDTH
    if level == 0:
        lines = SignOff.objects.filter(sequence__gt=first, sequence__lte=first + TILE_WIDTH).order_by("sequence")
        return [leaf_of(line_hash) for line_hash in lines.values_list("line_hash", flat=True)]
    below = TreeTile.objects.filter(level=level - 1, index__gte=first, index__lt=first + TILE_WIDTH)
    return [bytes(root) for root in below.order_by("index").values_list("root", flat=True)]


def store_full_tiles(size: int) -> None:
    """Keep the tiles that a tree of a size fills, and that are not kept yet."""
    level, count = 0, size
    while count >= TILE_WIDTH:
        count //= TILE_WIDTH
        kept = TreeTile.objects.filter(level=level).count()
        TreeTile.objects.bulk_create(_tiles(level, range(kept, count)))
        level += 1


def _tiles(level: int, indexes: range) -> Iterator[TreeTile]:
    for index in indexes:
        hashes = made_from_below(level, index)
        yield TreeTile(level=level, index=index, hashes=b"".join(hashes), root=merkle.whole(hashes))
