"""The states an article may be in when somebody tries a door, and how each is brought about.

In a forbidden state the article holds a SECRET: a word that no medical reviewer signed, or that no
signature may make public now. It must not reach a reader.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from wagtail.models import Revision

from common.models import User
from research.models import AlsoCited, ArticlePage, StudyNotice
from research.publishing.public_row import revoke
from tests.factories import (
    ArticlePageFactory,
    GlossaryTermFactory,
    ImageFactory,
    StudyFactory,
    TopicFactory,
    TopicIndexPageFactory,
    admin_user,
    approve,
    blocks,
    editor_user,
    reviewer_user,
    sign,
    submit,
    writer_user,
)

SECRET = "zorbulin"
PEOPLE = ("writer", "reviewer", "editor", "superuser")


@dataclass
class Scene:
    """An article with the people around it."""

    page_id: int
    writer: Any
    reviewer: Any
    editor: Any
    superuser: Any

    def refreshed(self) -> "Scene":
        """Return the same scene with its people read again, so that nothing of another test hangs on them."""
        people = {name: User.objects.get(pk=getattr(self, name).pk) for name in PEOPLE}
        return Scene(self.page_id, **people)

    @property
    def article(self) -> ArticlePage:
        """The row, fresh."""
        return ArticlePage.objects.get(pk=self.page_id)

    @property
    def draft(self) -> ArticlePage:
        """The latest revision as an object, fresh."""
        return self.article.get_latest_revision_as_object()

    @property
    def revision(self) -> Revision:
        """The latest revision, fresh."""
        return self.article.get_latest_revision()


def build(state: Callable[[dict[str, Any]], Scene]) -> Scene:
    """Return the scene of a state, with a section, a topic and the people."""
    TopicIndexPageFactory()
    TopicFactory()
    return state(
        {"writer": writer_user(), "reviewer": reviewer_user(), "editor": editor_user(), "superuser": admin_user()}
    )


def write(scene_people: dict[str, Any], *, secret: bool, **values: Any) -> Scene:
    """Return a scene with a complete draft; its title holds the SECRET or not."""
    title = f"What {SECRET} did" if secret else "What one trial found"
    image = ImageFactory()
    article = ArticlePageFactory(
        by=scene_people["writer"],
        title=title,
        slug="the-article",
        body=blocks.body(
            blocks.text("<p>In 53 people, 4 in 100 had a relapse.</p>"),
            blocks.figure(image),
            blocks.glossary_term(GlossaryTermFactory()),
        ),
        **values,
    )
    return Scene(article.pk, **scene_people)


def unsigned(people: dict[str, Any]) -> Scene:
    """Nobody reviewed it."""
    return write(people, secret=True)


def self_signed(people: dict[str, Any]) -> Scene:
    """Its writer, made a reviewer, tried to sign it."""
    scene = write(people, secret=True)
    writer = people["writer"]
    writer.groups.add(*people["reviewer"].groups.all())
    writer.person.credentials = "MD"
    writer.person.save()
    with pytest.raises(PermissionDenied):
        sign(scene.article, writer)
    return scene


def _signed_then(people: dict[str, Any], change: Callable[[Any], None]) -> Scene:
    scene = write(people, secret=False)
    sign(scene.article, people["reviewer"])
    draft = scene.draft
    change(draft)
    draft.save_revision(user=people["writer"])
    return scene


def one_word(people: dict[str, Any]) -> Scene:
    """One word of a signed article was changed."""
    return _signed_then(people, lambda draft: setattr(draft, "summary", f"{draft.summary} {SECRET}"))


def one_digit(people: dict[str, Any]) -> Scene:
    """One number of a signed article was changed; the SECRET marks the place."""

    def change(draft: Any) -> None:
        draft.body[0].value[0].value["html"].source = f"<p>In 53 people, 9 in 100 {SECRET} had a relapse.</p>"

    return _signed_then(people, change)


def one_alternative_text(people: dict[str, Any]) -> Scene:
    """The alternative text of a figure was changed."""

    def change(draft: Any) -> None:
        draft.body[0].value[1].value["alternative_text"] = f"Two bars, {SECRET}"

    return _signed_then(people, change)


def one_citation(people: dict[str, Any]) -> Scene:
    """A source was added."""

    def change(draft: Any) -> None:
        draft.also_cited.add(AlsoCited(study=StudyFactory(title=f"A study of {SECRET}")))

    return _signed_then(people, change)


def autosave_overwrite(people: dict[str, Any]) -> Scene:
    """The signed revision's content was overwritten in place, under the same id."""
    scene = write(people, secret=False)
    sign(scene.article, people["reviewer"])
    revision = scene.revision
    content = {**revision.content, "summary": f"Overwritten {SECRET}"}
    Revision.objects.filter(pk=revision.pk).update(content=content)
    return scene


def sign_off_expired(people: dict[str, Any]) -> Scene:
    """Its signature was good until last month."""
    scene = write(people, secret=True)
    sign(scene.article, people["reviewer"], now=timezone.now() - timedelta(days=400))
    return scene


def revoked(people: dict[str, Any]) -> Scene:
    """Its signature was revoked."""
    scene = write(people, secret=True)
    revoke(sign(scene.article, people["reviewer"]), people["reviewer"], "A number was wrong.")
    return scene


def reviewer_demoted(people: dict[str, Any]) -> Scene:
    """The reviewer lost the role before the decision."""
    scene = write(people, secret=True)
    review = submit(scene.article, people["writer"])
    people["reviewer"].groups.clear()
    with pytest.raises(PermissionDenied):
        approve(review, people["reviewer"])
    review.workflow_state.cancel(user=people["writer"])
    return scene


def under_embargo(people: dict[str, Any]) -> Scene:
    """Signed, but the journal's embargo lasts until tomorrow."""
    tomorrow = timezone.now() + timedelta(days=1)
    scene = write(people, secret=True, embargo_until=tomorrow, embargo_source="The journal")
    sign(scene.article, people["reviewer"])
    return scene


def study_retracted(people: dict[str, Any]) -> Scene:
    """Its study was retracted after the signature."""
    scene = write(people, secret=True)
    sign(scene.article, people["reviewer"])
    StudyNotice.objects.create(study=scene.article.study, kind=StudyNotice.Kind.RETRACTION, source="The journal")
    return scene


FORBIDDEN = (
    unsigned,
    self_signed,
    one_word,
    one_digit,
    one_alternative_text,
    one_citation,
    autosave_overwrite,
    sign_off_expired,
    revoked,
    reviewer_demoted,
    under_embargo,
    study_retracted,
)


def signed(people: dict[str, Any]) -> Scene:
    """The allowed state: exactly these words are signed, and nothing stands against them."""
    scene = write(people, secret=False)
    sign(scene.article, people["reviewer"])
    return scene
