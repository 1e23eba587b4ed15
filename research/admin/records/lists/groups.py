"""The lists of the record as they stand in the menu."""

from django.utils.translation import gettext_lazy as _

from common.odd_input import SafeModelAdminGroup
from research.admin.records.article_notices import ArticleNoticeAdmin
from research.admin.records.lists.people import PersonAdmin
from research.admin.records.lists.studies import JournalAdmin, SavedSearchAdmin, StudyAdmin, StudyNoticeAdmin
from research.admin.records.lists.texts import (
    CorrectionAdmin,
    ExplainerAdmin,
    GlossaryTermAdmin,
    NoticeWordingAdmin,
    PageTextAdmin,
    TopicAdmin,
)
from research.admin.records.reader_reports import ReaderReportAdmin


class StudiesGroup(SafeModelAdminGroup):
    """What articles rest on, in the menu."""

    menu_label = _("Studies")
    menu_icon = "doc-full-inverse"
    menu_order = 250
    items = (StudyAdmin, StudyNoticeAdmin, JournalAdmin, SavedSearchAdmin)


class SharedTextsGroup(SafeModelAdminGroup):
    """The words that many articles share, each signed by itself, in the menu."""

    menu_label = _("Shared texts")
    menu_icon = "openquote"
    menu_order = 251
    items = (TopicAdmin, GlossaryTermAdmin, ExplainerAdmin, PageTextAdmin)


class NoticesGroup(SafeModelAdminGroup):
    """What is said about articles that are public, in the menu."""

    menu_label = _("After publication")
    menu_icon = "info-circle"
    menu_order = 252
    items = (ReaderReportAdmin, CorrectionAdmin, ArticleNoticeAdmin, NoticeWordingAdmin)


class PeopleGroup(SafeModelAdminGroup):
    """Who writes and who countersigns, in the menu."""

    menu_label = _("Contributors")
    menu_icon = "group"
    menu_order = 253
    items = (PersonAdmin,)


RECORD_GROUPS = (StudiesGroup, SharedTextsGroup, NoticesGroup, PeopleGroup)
