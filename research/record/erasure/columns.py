"""What each column of text holds: words of people, names of accounts, or what only the program reads.

A sweep rewrites the first two. Of a column that is declared as nothing it takes the last, and a check fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from django.apps import apps
from django.db import models
from wagtail.fields import StreamField

TEXT = (models.CharField, models.TextField, models.JSONField, models.FileField, StreamField)
# What would lead nowhere with other words in it: a file, an address.
ADDRESSES = (models.FileField, models.SlugField, models.URLField)


class Kind(Enum):
    """What a column holds."""

    #: People's words: a whole name and an address are taken out of them.
    WORDS = auto()
    #: The name of an account and nothing else, so that one of a single word goes, too.
    NAMES = auto()
    #: Read by the program: nothing else would work there, so nothing is written; a name that stands there is told.
    MACHINERY = auto()


@dataclass(frozen=True)
class Columns:
    """The columns of a model by what they hold, with a space between."""

    words: str = ""
    names: str = ""
    machinery: str = ""

    def kind_of(self, name: str) -> Kind | None:
        """Return what a column is declared to hold; None where nobody said."""
        kinds = ((self.words, Kind.WORDS), (self.names, Kind.NAMES), (self.machinery, Kind.MACHINERY))
        return next((kind for declared, kind in kinds if name in declared.split()), None)


_NOTHING = Columns()
# On PostgreSQL the texts stand beside what is searched.
_FILE_IN_THE_INDEX = Columns(words="title body autocomplete title_text body_text", machinery="object_id")
_PICTURE = Columns(words="title description credit", machinery="file_hash master_made_from")
_RENDITION = Columns(machinery="filter_spec focal_point_key")
DECLARED: dict[str, Columns] = {
    # The record of signatures.
    "research.SealedContent": Columns(words="canonical removed_reason", machinery="digest"),
    "research.SignOff": Columns(machinery="digest notices_considered pictures commitments previous_hash line_hash"),
    "research.SignOffPersonal": Columns(
        words="name credentials answers conflict_statement comment", machinery="salt"
    ),
    "research.SealChain": Columns(machinery="head"),
    "research.Contribution": Columns(machinery="commitments previous_hash line_hash"),
    "research.ContributionPersonal": Columns(names="username", machinery="salt"),
    "research.Receipt": Columns(machinery="digest fields previous_hash line_hash"),
    "research.Erasure": Columns(words="reason", machinery="digest counts"),
    "research.ContentRemovalRequest": Columns(words="reason", machinery="digest"),
    "research.Checkpoint": Columns(machinery="root note keys"),
    "research.CheckpointStamp": Columns(machinery="authority"),
    "research.InclusionProof": Columns(machinery="path"),
    "research.PublishedText": Columns(words="values", machinery="subject_type digest"),
    # Topics, people, and what articles are about.
    "research.Topic": Columns(words="name definition synonyms", machinery="mesh_ui"),
    "research.TopicMerge": Columns(words="reason", machinery="record"),
    "research.Person": Columns(words="name credentials bio interests", machinery="orcid photo_sizes account_ids"),
    "research.Role": Columns(machinery="key"),
    "research.Journal": Columns(words="name", machinery="issn"),
    "research.Study": Columns(
        words="title authors funding interests embargo_source abstract lay_summary original_title keywords "
        "author_orcids check_error",
        machinery="doi pmid date_as_given volume issue pages licence publication_types mesh_terms language pmcid "
        "registrations",
    ),
    "research.StudyNotice": Columns(
        words="source reason part_as_given cited_as raw_words", machinery="date_as_given doi pmid"
    ),
    "research.StudyMerge": Columns(words="record reason"),
    "research.SourceCheck": Columns(words="error", machinery="source"),
    "research.StudyProposal": Columns(words="ours theirs", machinery="field source"),
    "research.News": Columns(machinery="place"),
    "research.FormerIdentifier": Columns(machinery="value"),
    "research.SourceTask": Columns(words="reason"),
    # A file's words are a source's; by them, what was noted is not noted again.
    "research.UnconfirmedNotice": Columns(words="reason", machinery="cited_as"),
    "research.PeriodicJob": Columns(machinery="name"),
    "research.ImportJob": Columns(
        words="file_name error", machinery="identifiers lines counts kept_unwatched"
    ),
    "research.FullText": Columns(words="parts origin"),
    "research.SavedSearch": Columns(words="name error", machinery="query"),
    "research.StudySuggestion": Columns(words="title journal reason", machinery="doi pmid published design"),
    # Articles, from the draft to the public row.
    "research.TopicIndexPage": Columns(
        words="condition_name condition_short_name intro", machinery="condition_mesh_ui"
    ),
    "research.ArticlePage": Columns(
        words="summary key_takeaway body lead_image_alternative_text embargo_source",
        machinery="claims claims_set_aside",
    ),
    "research.Appraisal": Columns(
        words="reason_design reason_population reason_people reason_safeguards reason_checking reason_interests "
        "reason_other_research lift_reason reason_reach reason_actionable reason_novelty",
        machinery="rubric_version",
    ),
    "research.Submission": Columns(words="content", machinery="digest pictures notices terms"),
    "research.MedicalReviewState": Columns(words="answers", machinery="digest"),
    "research.ReviewDraft": Columns(words="answers", machinery="of_digest ticks"),
    "research.BlindAnswer": Columns(words="answers conflict_statement comment", machinery="ticks"),
    "research.HeldNote": Columns(words="quote text", machinery="contentpath"),
    "research.RatingGap": Columns(words="reason", machinery="ratings"),
    "research.ReviewClock": Columns(words="reason"),
    "research.FindingDismissal": Columns(words="sentence reason", machinery="key"),
    "research.GuestLink": Columns(
        words="name email conflict_statement words", machinery="digest token_hash"
    ),
    "research.PreviewLink": Columns(
        words="content label topics", names="authors", machinery="digest pictures token_hash"
    ),
    "research.BoardFeed": Columns(machinery="token"),
    "research.PublishedArticle": Columns(
        words="content title summary search_text topics_text authors lead_alternative_text labels",
        machinery="digest address author_ids pictures credibility_word related_ids",
    ),
    "research.PublishedVersion": Columns(words="changed", machinery="digest"),
    "research.Release": Columns(words="reason", machinery="digest receipt"),
    "research.ReleaseChange": Columns(words="reason", names="actor"),
    "research.ReleaseBundle": Columns(words="name"),
    "research.ReaderReport": Columns(words="words email decision answer", machinery="digest"),
    # Texts that many articles share.
    "research.Explainer": Columns(words="journal_wording preprint_wording book_series_wording body"),
    "research.PageText": Columns(words="text"),
    "research.NoticeWording": Columns(words="name heading text"),
    "research.Correction": Columns(words="text"),
    "research.GlossaryTerm": Columns(words="term plain_words synonyms"),
    # What every app builds on. What an outbox message says is told apart by ``mails``.
    "common.User": Columns(words="email", names="username first_name last_name", machinery="password"),
    "common.OutboxMessage": Columns(words="payload last_error", machinery="kind key"),
    "common.Image": _PICTURE,
    "common.Rendition": _RENDITION,
    "common.PictureMaster": Columns(machinery="hash sizes"),
    "common.Heartbeat": Columns(machinery="name"),
    "common.LimitEntry": Columns(machinery="cache_key value"),
    # Wagtail.
    "wagtailcore.Page": Columns(
        words="title draft_title seo_title search_description", machinery="path url_path"
    ),
    "wagtailcore.Revision": Columns(words="object_str content", machinery="object_id"),
    "wagtailcore.Comment": Columns(words="text", machinery="contentpath position"),
    "wagtailcore.CommentReply": Columns(words="text"),
    "wagtailcore.TaskState": Columns(words="comment"),
    "wagtailcore.PageLogEntry": Columns(words="label data", machinery="action"),
    "wagtailcore.ModelLogEntry": Columns(words="label data", machinery="action object_id"),
    "wagtailcore.Site": Columns(words="site_name", machinery="hostname"),
    "wagtailcore.Collection": Columns(words="name", machinery="path"),
    "wagtailcore.Workflow": Columns(words="name"),
    "wagtailcore.Task": Columns(words="name"),
    "wagtailcore.WorkflowState": Columns(machinery="object_id"),
    "wagtailcore.Locale": Columns(machinery="language_code"),
    "wagtailcore.APIToken": Columns(words="name", machinery="key_hash prefix"),
    "wagtailcore.CollectionViewRestriction": Columns(machinery="password"),
    "wagtailcore.PageViewRestriction": Columns(machinery="password"),
    "wagtailcore.ReferenceIndex": Columns(machinery="object_id to_object_id model_path content_path"),
    "wagtailadmin.EditingSession": Columns(machinery="object_id"),
    "wagtailadmin.FormState": Columns(words="data", machinery="object_id parent_object_id"),
    "wagtailredirects.Redirect": Columns(machinery="old_path redirect_page_route_path"),
    "wagtailembeds.Embed": Columns(
        words="html title author_name provider_name", machinery="url hash thumbnail_url"
    ),
    "wagtailusers.UserProfile": Columns(machinery="preferred_language current_time_zone dismissibles"),
    "wagtailimages.Image": _PICTURE,
    "wagtailimages.Rendition": _RENDITION,
    "wagtaildocs.Document": Columns(words="title", machinery="file_hash"),
    "wagtailsearch.IndexEntry": _FILE_IN_THE_INDEX,
    "wagtailsearch.SQLiteFTSIndexEntry": _FILE_IN_THE_INDEX,
    # Django, and what else is installed.
    "taggit.Tag": Columns(words="name"),
    "account.EmailAddress": Columns(words="email"),
    "account.EmailConfirmation": Columns(machinery="key"),
    "mfa.Authenticator": Columns(machinery="data"),
    "django_tasks_database.DBTaskResult": Columns(
        words="traceback",
        machinery="args_kwargs task_path worker_ids queue_name backend_name return_value exception_class_path",
    ),
    "auth.Group": Columns(machinery="name"),
    "auth.Permission": Columns(machinery="name codename"),
    "contenttypes.ContentType": Columns(machinery="app_label model"),
    "sessions.Session": Columns(machinery="session_key session_data"),
}  # fmt: skip


def declare(label: str, columns: Columns) -> None:
    """Say what the columns of a model hold; an app above this one does it when it starts."""
    DECLARED[label] = columns


def kind_of(own: models.Field) -> Kind:
    """Return what a column of text holds."""
    if own.choices or own.primary_key or isinstance(own, ADDRESSES):
        return Kind.MACHINERY
    return DECLARED.get(own.model._meta.label, _NOTHING).kind_of(own.name) or Kind.MACHINERY


def texts_of(model: type[models.Model]) -> list[models.Field]:
    """Return the columns of a model's own table in which a name could stand."""
    return [own for own in model._meta.local_concrete_fields if isinstance(own, TEXT) and not own.choices]


def tables() -> Iterator[type[models.Model]]:
    """Give each model that has a table of its own here."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


def undeclared() -> Iterator[models.Field]:
    """Give each column of text of which nobody said what it holds."""
    for model in tables():
        declared = DECLARED.get(model._meta.label, _NOTHING)
        for own in texts_of(model):
            if not isinstance(own, ADDRESSES) and declared.kind_of(own.name) is None:
                yield own
