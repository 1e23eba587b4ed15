"""Where an article begins, and what a new newsroom does first."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import User
from research.admin.dashboard.panels import Asked, NewsroomPanel, Row
from research.admin.desk.starting import all_sections, sections_for
from research.models.explainers import Explainer, NoticeWording
from research.models.people import Person
from research.models.texts import PublishedText
from research.newsroom.permissions import EDITORS, MEDICAL_REVIEWERS, WRITERS, can_import_studies, is_editor

ROLES = (WRITERS, MEDICAL_REVIEWERS, EDITORS)


class StartPanel(NewsroomPanel):
    """Where an article begins: from a study, by identifier or file, or from nothing."""

    name = "start"
    template_name = "research/admin/start_panel.html"

    def asks(self) -> Asked:
        """Ask for the sections."""
        return {"sections": all_sections()}

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        """Add the sections in which this person may write, and whether studies may be brought in too."""
        return {
            "name": self.name,
            "sections": sections_for(self.user, self.read["sections"]),
            "may_import": can_import_studies(self.user),
            "csrf_token": get_token(parent_context["request"]),
        }

    def render_html(self, parent_context: Any = None) -> str:
        """Print the box; for who may write nowhere there is none."""
        context = self.get_context_data(parent_context)
        return get_template(self.template_name).render(context) if context["sections"] else ""


class FirstStepsPanel(NewsroomPanel):
    """What a new newsroom needs before its first article can be public; gone once all of it is done."""

    name = "first-steps"
    heading = _("First steps")

    def is_for_user(self) -> bool:
        """Those who run the newsroom."""
        return is_editor(self.user)

    def asks(self) -> Asked:
        """Of each step, whether there is what it makes, or what is without it."""
        reviewers = Person.objects.filter(user__groups__role__key=MEDICAL_REVIEWERS).exclude(credentials="")
        unlinked = User.objects.filter(is_active=True, groups__role__key__in=ROLES, person__isnull=True)
        signed = PublishedText.objects.filter(subject_uuid=OuterRef("subject_uuid"))
        unsigned = NoticeWording.objects.filter(~Exists(signed))
        found = {
            "reviewers": reviewers,
            "unlinked": unlinked,
            "unsigned": unsigned,
            "explainers": Explainer.objects.all(),
        }
        return {name: rows.order_by().values("pk")[:1] for name, rows in found.items()}

    def rows(self) -> Iterable[Row]:
        """Return what is still to do, in the order in which it is done."""
        steps = (
            (
                not self.read["reviewers"],
                gettext("Invite a medical reviewer"),
                reverse("wagtailusers_users:add"),
                gettext(
                    "Without one nothing can be public: an account among Medical reviewers, with credentials on record."
                ),
            ),
            (
                self.read["unlinked"],
                gettext("Link accounts to people"),
                reverse("research_person_modeladmin_index"),
                gettext("Readers see the person: name, credentials, picture."),
            ),
            (
                self.read["unsigned"],
                gettext("Sign the wordings of urgent notices"),
                reverse("research_noticewording_modeladmin_index"),
                gettext("They serve when minutes count; a reviewer countersigns each."),
            ),
            (
                not self.read["explainers"],
                gettext("Write the explainer"),
                reverse("research_explainer_modeladmin_index"),
                gettext("It stands at the end of every article and says what one study can and cannot show."),
            ),
        )
        return [Row(title, url, words) for is_open, title, url, words in steps if is_open]
