"""One spelling for equal values: what the digest is of, byte for byte."""

import pytest

from research.content.canonical import canonical_json, digest_of


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ({"b": 1, "a": "é"}, '{"a":"é","b":1}'),
        ({"none": None, "no": False, "empty": "", "list": [], "mapping": {}, "within": {"none": None}}, "{}"),
        ({"zero": 0, "yes": True, "space": " "}, '{"space":" ","yes":true,"zero":0}'),
        ({"rows": (["", None], [{"none": None, "a": 1}])}, '{"rows":[["",null],[{"a":1}]]}'),
        ([False, "", {}], '[false,"",{}]'),
    ],
)
def test_equal_values_have_one_spelling_without_what_is_empty(value, spelled):
    assert canonical_json(value) == spelled


def test_a_digest_is_the_sha_256_of_the_bytes():
    assert digest_of("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
