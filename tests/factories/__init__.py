"""Factories of the suite: one a model, one a block, and helpers that use the newsroom's own ways."""

from tests.factories.content import AppraisalFactory, GlossaryTermFactory, ImageFactory, TopicFactory
from tests.factories.pages import ArticlePageFactory, HomePageFactory, InfoPageFactory, TopicIndexPageFactory
from tests.factories.people import PersonFactory, UserFactory, admin_user, editor_user, reviewer_user, writer_user
from tests.factories.references import JournalFactory, StudyFactory, StudyNoticeFactory
from tests.factories.texts import ExplainerFactory, PageTextFactory, correct, sign_text_of
from tests.factories.ways import (
    ANSWERS,
    NO_STAKE,
    all_ticks,
    approve,
    digest_of_draft,
    edit,
    publish,
    schedule,
    sign,
    submit,
    unpublish,
)

__all__ = [
    "ANSWERS",
    "NO_STAKE",
    "AppraisalFactory",
    "ArticlePageFactory",
    "ExplainerFactory",
    "GlossaryTermFactory",
    "HomePageFactory",
    "ImageFactory",
    "InfoPageFactory",
    "JournalFactory",
    "PageTextFactory",
    "PersonFactory",
    "StudyFactory",
    "StudyNoticeFactory",
    "TopicFactory",
    "TopicIndexPageFactory",
    "UserFactory",
    "admin_user",
    "all_ticks",
    "approve",
    "correct",
    "digest_of_draft",
    "edit",
    "editor_user",
    "publish",
    "reviewer_user",
    "schedule",
    "sign",
    "sign_text_of",
    "submit",
    "unpublish",
    "writer_user",
]
