#!/usr/bin/env python3
"""Verify, without trusting the site, that a page's words were countersigned and no signature was rewritten.

One file; it needs Python 3.11 and the package ``cryptography``, and nothing of Countersign. Read it: it is short
so that you can. README.md beside it says what each step proves and what it does not.

    countersign_verify.py made.json --key KEY [--page page.html] [--old checkpoint.txt] [--from SITE_OR_FOLDER]
    countersign_verify.py --key KEY --old checkpoint.txt --from SITE_OR_FOLDER

Exit code 0: everything that was asked is proven. 1: something is not as claimed. 2: it could not be checked.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import urllib.request
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WELL_KNOWN = "/.well-known/countersign/"
LINE_VERSION = "line-v1:"
BLOCK_END = re.compile(r"</(?:p|li|h[1-6]|td|th|tr|ul|ol|blockquote|dt|dd)>|<br\s*/?>")
FEWEST_WORDS = 3  # shorter values are codes, not sentences


class NotProven(Exception):
    """What was claimed does not hold; the words say what."""


class CannotCheck(Exception):
    """Something that a proof needs is not there."""


# --- Merkle tree: RFC 9162, sections 2.1.3.2 and 2.1.4.2 -------------------------------------------------


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def inner(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def root_from_inclusion(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that a leaf's path leads to; compare it with the one in the checkpoint."""
    if not 0 <= index < size:
        raise NotProven("The line is not in the tree of that checkpoint.")
    node, last, result = index, size - 1, leaf
    for part in path:
        if last == 0:
            raise NotProven("The inclusion proof is too long.")
        if node & 1 or node == last:
            result = inner(part, result)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            result = inner(result, part)
        node, last = node >> 1, last >> 1
    if last:
        raise NotProven("The inclusion proof is too short.")
    return result


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> None:
    """Raise NotProven unless the tree of ``old`` leaves is the beginning of the tree of ``new`` leaves."""
    if old > new or old < 1:
        raise NotProven(f"A tree of {old} lines is no beginning of one of {new}.")
    if old == new:
        if old_root != new_root or path:
            raise NotProven("Two checkpoints of one size have different roots: signatures were rewritten.")
        return
    path = [old_root, *path] if old & (old - 1) == 0 else list(path)
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = path[0] if path else b""
    for part in path[1:]:
        if last == 0:
            raise NotProven("The consistency proof is too long.")
        if node & 1 or node == last:
            first, second = inner(part, first), inner(part, second)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            second = inner(second, part)
        node, last = node >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise NotProven(f"The first {old} lines are no longer what they were: signatures were rewritten.")


# --- Checkpoints: https://c2sp.org/tlog-checkpoint, signed as https://c2sp.org/signed-note ----------------


@dataclass(frozen=True)
class Checkpoint:
    """What a signed note says: how many lines there are, and the root over them."""

    size: int
    root: bytes


def read_key(words: str) -> tuple[str, bytes, Ed25519PublicKey]:
    """Return name, id and public key of a verification key, ``name+id+base64``."""
    try:
        name, key_id, encoded = words.strip().split("+", 2)
        data = base64.b64decode(encoded, validate=True)
        if data[:1] != b"\x01" or sha256(name.encode() + b"\n" + data)[:4].hex() != key_id:
            raise ValueError
        return name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(data[1:])
    except ValueError:
        raise CannotCheck(f"This is no Ed25519 verification key: {words}") from None


def open_note(note: str, trusted: list[str]) -> Checkpoint:
    """Return a checkpoint that a trusted key signed; every key that it names is trusted from now on."""
    text, gap, signatures = note.replace("\r\n", "\n").partition("\n\n")
    text += "\n"
    if not gap or not any(_signed(text, signatures, *read_key(key)) for key in trusted):
        raise NotProven("The checkpoint is not signed by a key you trust.")
    lines = text.split("\n")
    trusted.extend(line.removeprefix("key ") for line in lines[3:] if line.startswith("key "))
    return Checkpoint(int(lines[1]), base64.b64decode(lines[2], validate=True))


def _signed(text: str, signatures: str, name: str, key_id: bytes, key: Ed25519PublicKey) -> bool:
    for line in signatures.split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[:2] != ["—", name]:
            continue
        try:
            data = base64.b64decode(parts[2], validate=True)
            if data[:4] == key_id:
                key.verify(data[4:], text.encode())
                return True
        except (ValueError, InvalidSignature):
            continue
    return False


# --- What stands at the site, or in a folder where you saved it --------------------------------------------


class Source:
    """Gives what proofs need: from a site, or from files named as the addresses with dashes for slashes."""

    def __init__(self, place: str | None) -> None:
        self.place = place

    def get(self, name: str) -> str:
        if self.place is None:
            raise CannotCheck(f"“{name}” is needed: name the site, or a folder with it, by --from.")
        if self.place.startswith(("https://", "http://")):
            return read_text(self.place.rstrip("/") + WELL_KNOWN + name)
        return read_text(str(Path(self.place) / (name.replace("/", "-") or "index")))

    def checkpoint(self, name: str, trusted: list[str]) -> Checkpoint:
        """Return a checkpoint; where its key is new, look for the older one that a trusted key signed too."""
        note = self.get(name)
        try:
            return open_note(note, trusted)
        except NotProven:
            for key in json.loads(self.get(""))["keys"]:
                if key["key"] not in trusted:
                    open_note(self.get(f"checkpoints/{key['since']}"), trusted)
            return open_note(note, trusted)

    def compare(self, old: Checkpoint, new: Checkpoint) -> None:
        path = [] if old.size == new.size else json.loads(self.get(f"consistency/{old.size}/{new.size}"))["path"]
        check_consistency(old.size, new.size, old.root, new.root, [bytes.fromhex(part) for part in path])


def read_text(place: str) -> str:
    try:
        if place.startswith(("https://", "http://")):
            with urllib.request.urlopen(place, timeout=20) as answer:  # noqa: S310 - http(s) only
                return answer.read().decode()
        return Path(place).read_bytes().decode()
    except (OSError, ValueError) as error:
        raise CannotCheck(f"{place} cannot be read: {error}") from error


def check_article(made: dict, trusted: list[str]) -> tuple[dict, Checkpoint]:
    """Return an article's line and the checkpoint that it is proven to be in."""
    seal = made["seal"]
    if not seal["proof"]:
        raise CannotCheck("No checkpoint covers this signature yet. Ask again in some minutes.")
    line = json.loads(seal["line"].removeprefix(LINE_VERSION))
    if not seal["line"].startswith(LINE_VERSION) or line["kind"] != "signed":
        raise NotProven("This line is no signature.")
    if sha256(seal["words"].encode()).hex() != line["digest"]:
        raise NotProven("The words are not the ones that were signed.")
    checkpoint = open_note(seal["proof"]["checkpoint"], trusted)
    leaf = sha256(b"\x00" + sha256(seal["line"].encode()))
    index, path = seal["proof"]["index"], [bytes.fromhex(part) for part in seal["proof"]["path"]]
    if line["sequence"] != index + 1 or root_from_inclusion(leaf, index, checkpoint.size, path) != checkpoint.root:
        raise NotProven("The signature is not in the checkpoint's tree.")
    for part, opened in made["countersigned"]["openings"].items():
        value = json.dumps(opened["value"], ensure_ascii=False)
        committed = sha256(f"countersign-commitment-v1\n{part}\n{opened['salt']}\n{value}".encode()).hex()
        if committed != line["commitments"][part]:
            raise NotProven(f"The reviewer’s {part} is not the one that was signed with.")
    return line, checkpoint


class _Text(HTMLParser):
    """Collects all that a page says: its text, and what stands in attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.parts.extend(value for _, value in attrs if value)


def check_page(words: str, html: str) -> int:
    """Return how many passages of the signed words stand on a page; all of title, takeaway and sections must."""
    content = json.loads(words.partition(":")[2])
    parser = _Text()
    parser.feed(html)
    shown = _bare(" ".join(parser.parts))
    printed = [content.get("title", ""), content.get("key_takeaway", ""), content.get("sections", [])]
    passages = [passage for part in printed for text in _strings(part) for passage in _passages(text)]
    missing = [passage for passage in passages if _bare(passage) not in shown]
    if missing or not passages:
        raise NotProven("These signed words do not stand on the page:\n  " + "\n  ".join(missing))
    return len(passages)


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for member in members for text in _strings(member)]


def _passages(text: str) -> list[str]:
    plain = (unescape(re.sub(r"<[^>]*>", "", part)).strip() for part in BLOCK_END.split(text))
    return [part for part in plain if len(part.split()) >= FEWEST_WORDS]


def _bare(text: str) -> str:
    """Leave letters and digits: where lines break and how quotes look is the site's business."""
    return "".join(character for character in text if character.isalnum())


def run(arguments: argparse.Namespace) -> None:
    trusted, source = list(arguments.key), Source(arguments.source)
    old = open_note(read_text(arguments.old), trusted) if arguments.old else None
    if arguments.made:
        made = json.loads(read_text(arguments.made))
        line, covering = check_article(made, trusted)
        print(f"PROVEN: line {line['sequence']} of {covering.size} signs these words, dated {line['signed_at']}.")
        if arguments.page:
            count = check_page(made["seal"]["words"], read_text(arguments.page))
            print(f"PROVEN: {count} passages of the signed words stand on the page, word for word.")
        if old and old.size >= line["sequence"]:
            source.compare(*sorted((old, covering), key=lambda checkpoint: checkpoint.size))
            print(f"PROVEN: the signature was there when you kept your checkpoint of {old.size} lines.")
    if old and arguments.source:
        newest = source.checkpoint("checkpoint", trusted)
        source.compare(old, newest)
        print(f"PROVEN: of the {old.size} lines you kept a checkpoint of, none was rewritten; there are {newest.size}.")


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("made", nargs="?", help="the article's made.json, a file or an address")
    parser.add_argument("--key", action="append", required=True, help="a verification key that you trust")
    parser.add_argument("--old", help="a checkpoint that you kept")
    parser.add_argument("--page", help="the page, a file or an address: is what was signed what it shows?")
    parser.add_argument("--from", dest="source", help="the site's address, or a folder with saved proofs")
    arguments = parser.parse_args(words)
    if not arguments.made and not (arguments.old and arguments.source):
        parser.error("name a made.json, or --old and --from")
    try:
        run(arguments)
        return 0
    except NotProven as found:
        print(f"NOT PROVEN: {found}")
        return 1
    except (CannotCheck, KeyError, TypeError, ValueError) as found:
        print(f"CANNOT CHECK: {found or type(found).__name__}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
