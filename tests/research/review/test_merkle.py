"""The tree that the site makes, against the verifier that outsiders run: two programs that share no line."""

import ast
import hashlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.review.transparency import merkle
from research.review.transparency.signed_notes import BadKey, new_key, read_key, sign_note
from tests.verifier import PATH, verifier

SIZES = range(1, 40)


def leaves(size):
    return [merkle.leaf_hash(str(number).encode()) for number in range(size)]


def node_of(hashes):
    return lambda level, index: merkle.whole(hashes[index << level : (index + 1) << level])


def test_the_roots_are_those_of_the_published_test_vectors():
    """Source: the reference data of Certificate Transparency, used by its logs and clients alike."""
    data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    hashes = [merkle.leaf_hash(bytes.fromhex(words)) for words in data]
    roots = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }

    assert {size: merkle.root(size, node_of(hashes[:size])).hex() for size in roots} == roots


def test_every_leaf_of_every_small_tree_is_proven_to_an_outsider():
    for size in SIZES:
        hashes = leaves(size)
        root = merkle.root(size, node_of(hashes))
        for index in range(size):
            path = merkle.inclusion_path(index, size, node_of(hashes))

            assert verifier.root_from_inclusion(hashes[index], index, size, path) == root


def test_every_small_tree_is_proven_to_be_the_beginning_of_every_larger_one():
    for size in SIZES:
        hashes = leaves(size)
        for old in range(1, size + 1):
            path = merkle.consistency_path(old, size, node_of(hashes))
            old_root = merkle.root(old, node_of(hashes[:old]))

            verifier.check_consistency(old, size, old_root, merkle.root(size, node_of(hashes)), path)


@given(size=st.integers(2, 300), data=st.data())
def test_no_proof_makes_up_for_a_changed_leaf(size, data):
    hashes = leaves(size)
    old = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old - 1))
    old_root = merkle.root(old, node_of(hashes[:old]))
    hashes[changed] = hashlib.sha256(b"forged").digest()
    path = merkle.consistency_path(old, size, node_of(hashes))

    with pytest.raises(verifier.NotProven):
        verifier.check_consistency(old, size, old_root, merkle.root(size, node_of(hashes)), path)


@given(size=st.integers(2, 200), data=st.data())
def test_a_proof_that_was_cut_lengthened_or_changed_proves_nothing(size, data):
    hashes = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    root = merkle.root(size, node_of(hashes))
    path = merkle.inclusion_path(index, size, node_of(hashes))
    at = data.draw(st.integers(0, len(path) - 1))
    wrong = data.draw(
        st.sampled_from([path[:-1], [*path, root], [*path[:at], bytes(32), *path[at + 1 :]]]),
    )

    try:
        found = verifier.root_from_inclusion(hashes[index], index, size, wrong)
    except verifier.NotProven:
        return
    assert found != root


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ValueError, match="not in a tree"):
        merkle.inclusion_path(index, size, node_of(leaves(size)))


@pytest.mark.parametrize(("old", "size"), [(0, 3), (4, 3)])
def test_there_is_no_proof_of_a_tree_that_is_no_beginning(old, size):
    with pytest.raises(ValueError, match="not the beginning"):
        merkle.consistency_path(old, size, node_of(leaves(size)))


def test_an_outsider_opens_a_note_with_the_key_they_trust_and_with_no_other():
    key, other = read_key("press", new_key()), read_key("press", new_key())
    note = sign_note("press", 5, bytes(32), [], [key])

    assert verifier.open_note(note, [key.verifier]).size == 5
    for changed in (note.replace("\n5\n", "\n6\n"), note.replace("—", "-"), note.partition("\n\n")[0], ""):
        with pytest.raises(verifier.NotProven):
            verifier.open_note(changed, [key.verifier])
    with pytest.raises(verifier.NotProven):
        verifier.open_note(note, [other.verifier])


@pytest.mark.parametrize("words", ["", "short", "ü", "A" * 43])
def test_what_is_no_signing_key_is_refused_with_what_to_do(words):
    with pytest.raises(BadKey, match="--new-key"):
        read_key("press", words)


def test_the_verifier_is_one_short_file_that_needs_cryptography_and_nothing_else():
    source = PATH.read_text()
    modules = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }

    assert len(source.splitlines()) <= 300
    assert modules - sys.stdlib_module_names == {"cryptography"}
