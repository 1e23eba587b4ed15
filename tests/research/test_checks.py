import pytest
from django.apps import apps
from django.core.management import call_command
from wagtail import blocks
from wagtail.models import Comment

from research import checks
from research.blocks.text import FactBlock
from research.models import ArticlePage
from research.record.erasure import columns


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


def test_every_column_of_text_of_today_says_whose_it_is():
    assert checks.every_text_says_whose_it_is() == []


def test_a_column_of_text_of_which_nobody_said_whose_it_is_is_an_error_and_is_never_rewritten(monkeypatch):
    monkeypatch.setitem(columns.DECLARED, "wagtailcore.Comment", columns.Columns(machinery="contentpath position"))

    found = checks.every_text_says_whose_it_is()

    assert ids(found) == ["research.E004"]
    assert "wagtailcore.Comment.text" in found[0].msg
    assert columns.kind_of(Comment._meta.get_field("text")) is columns.Kind.MACHINERY


def test_no_column_is_declared_that_is_none_and_none_twice():
    """Of a part of Wagtail that is not installed here, or has other columns on another database, nobody knows."""
    for label, declared in columns.DECLARED.items():
        names = [*declared.words.split(), *declared.names.split(), *declared.machinery.split()]
        assert len(names) == len(set(names)), label
        if label.startswith(("research.", "home.", "search.", "common.")):
            assert set(names) <= {own.name for own in columns.texts_of(apps.get_model(label))}, label
