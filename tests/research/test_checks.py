import pytest
from django.core.management import call_command
from wagtail import blocks

from research import checks
from research.blocks.text import FactBlock
from research.models import ArticlePage


def ids(found):
    return [problem.id for problem in found]


def test_every_field_and_block_of_today_declares_its_side():
    assert checks.every_field_declares_its_side() == []
    assert checks.every_block_declares_its_side() == []


@pytest.mark.parametrize("name", sorted(ArticlePage.claim_fields | ArticlePage.other_fields))
def test_a_field_that_declares_no_side_is_an_error(monkeypatch, name):
    monkeypatch.setattr(ArticlePage, "claim_fields", ArticlePage.claim_fields - {name})
    monkeypatch.setattr(ArticlePage, "other_fields", ArticlePage.other_fields - {name})

    found = checks.every_field_declares_its_side()

    assert ids(found) == ["research.E001"]
    assert name in found[0].msg


def test_a_child_of_a_block_that_declares_no_side_is_an_error(monkeypatch):
    body = ArticlePage.body.field.stream_block
    fact = next(block for block in checks.claim_blocks_in(body) if isinstance(block, FactBlock))
    monkeypatch.setitem(fact.child_blocks, "footnote", blocks.CharBlock())

    found = checks.every_block_declares_its_side()

    assert "research.E002" in ids(found)
    assert "FactBlock.footnote" in found[0].msg


def test_the_checks_run_with_django_s():
    call_command("check", "--tag", "models")

    assert {"every_field_declares_its_side", "every_block_declares_its_side"} <= {
        check.__name__ for check in checks.checks.registry.registry.registered_checks
    }


def test_a_key_of_the_checkpoints_in_the_data_folder_is_an_error(settings, tmp_path):
    settings.CHECKPOINT_KEY_FILE = str(settings.DATA_DIR / "keys" / ".." / "key")
    assert [problem.id for problem in checks.checkpoint_key_stands_apart()] == ["research.E003"]

    settings.CHECKPOINT_KEY_FILE = str(tmp_path / "key")
    assert checks.checkpoint_key_stands_apart() == []
