"""Panels of the article editor: the state of the signature, the length, the rubric and what it adds up to."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, Panel, PublishingPanel
from wagtail.admin.widgets import AdminAutoHeightTextInput

from common.frames import DrawnSelect
from common.words import Words
from research import rubric
from research.content.article import ArticleContent
from research.content.completeness import WORDS_AIM
from research.editor.answers import suggested_answers
from research.editor.drawn import drawn_content
from research.editor.strip import standing_of
from research.models.references import Study
from research.newsroom.times import zone_words
from research.reading.build import ratings


def _question(answer_fields: dict[str, Words], reason: str, help_text: Words) -> FieldRowPanel:
    """Return one row: the question once with a line of help, its answer, and the reason that readers see."""
    first, *others = answer_fields
    chosen = {name: {"widget": DrawnSelect} for name in answer_fields}
    # A number that is there shows no placeholder: so desk.css knows that there is an answer.
    number = {"widget": forms.NumberInput(attrs={"placeholder": " "})} if first == "people" else chosen[first]
    why = AdminAutoHeightTextInput(attrs={"rows": 1, "placeholder": _("Why: readers see this")})
    return FieldRowPanel(
        [
            FieldPanel(first, heading=answer_fields[first], help_text=help_text, **number),
            *(FieldPanel(name, heading=answer_fields[name], **chosen[name]) for name in others),
            FieldPanel(reason, heading=_("Why (readers see this)"), widget=why, classname="cs-question__why"),
        ],
        classname=f"cs-question cs-question--{len(answer_fields)}",
    )


APPRAISAL_PANELS = [
    MultiFieldPanel(
        [
            _question(
                {"design": _("1 What kind of study is it?")},
                "reason_design",
                _("As the paper calls it: chance decided who got what, for example, is a randomised trial."),
            ),
            _question(
                {"population": _("2 Who or what was studied?")},
                "reason_population",
                _("Something people notice is a relapse or tiredness; a marker is a scan or a blood value."),
            ),
            _question(
                {"people": _("3 How many people took part?")},
                "reason_people",
                _("Those analysed, for example 120. 0 if none; empty if not known."),
            ),
            _question(
                {
                    "registered": _("4 Registered in advance?"),
                    "measured_alike": _("4 Blinded, or measured the same way for all?"),
                },
                "reason_safeguards",
                _("For example with a number such as NCT01234567, dated before the first person joined."),
            ),
            _question(
                {"checking": _("5 Was it checked by others?")},
                "reason_checking",
                _("A preprint, for example, was not yet."),
            ),
            _question(
                {"interests": _("6 Money and interests")},
                "reason_interests",
                _("A maker that paid for its own trial, for example, has a stake in the result."),
            ),
            _question(
                {"other_research": _("7 Does other research agree?")},
                "reason_other_research",
                _("For example a review that found the same in other groups."),
            ),
        ],
        heading=_("Credibility"),
        classname="cs-questions",
    ),
    MultiFieldPanel(
        [
            FieldRowPanel(
                [
                    FieldPanel("causal_claim"),
                    # Each shown only where it can count: desk.css.
                    FieldPanel("lift_reason", classname="cs-question__lift"),
                    FieldPanel("certainty", widget=DrawnSelect, classname="cs-question__certainty"),
                ],
                classname="cs-question",
            )
        ],
        heading=_("Limits on credibility"),
        classname="cs-questions",
    ),
    MultiFieldPanel(
        [
            _question(
                {"reach": _("1 How many readers does it touch?")},
                "reason_reach",
                _("A symptom that most people know, for example, touches most."),
            ),
            _question(
                {"actionable": _("2 Can anyone act on it now?")},
                "reason_actionable",
                _("For example by asking for something that is on offer already."),
            ),
            _question(
                {"novelty": _("3 Is it new to this site?")},
                "reason_novelty",
                _("Look for articles with the same topics."),
            ),
        ],
        heading=_("Interest"),
        classname="cs-questions",
    ),
]


class SignOffPanel(Panel):
    """A strip that says where the article stands, what keeps it from readers, and what comes next."""

    class BoundPanel(Panel.BoundPanel):
        """Reads the draft being edited; shown for saved articles only."""

        template_name = "research/admin/sign_off_panel.html"

        def is_shown(self) -> bool:
            """True once there is an article to speak of."""
            return bool(self.instance.pk) and super().is_shown()

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add the article's state in words."""
            context = super().get_context_data(parent_context)
            return context | standing_of(self.instance, self.request.user)


class WordCountPanel(Panel):
    """The body's length against the aim."""

    class BoundPanel(Panel.BoundPanel):
        """Counts the draft as last saved."""

        template_name = "research/admin/word_count_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add the count and how it stands to the aim."""
            context = super().get_context_data(parent_context)
            count = drawn_content(self.instance).word_count if self.instance.pk else 0
            low, high = WORDS_AIM
            verdict = "short" if count < low else "long" if count > high else "right"
            return context | {"count": count, "low": low, "high": high, "verdict": verdict}


class RatingPanel(Panel):
    """What the answers add up to, kept up to date while they are given; and what the study's record suggests."""

    class BoundPanel(Panel.BoundPanel):
        """Computes the ratings of the draft; the script asks for those of the form."""

        template_name = "research/admin/rating_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add both ratings, and whether the title must say how early the research is."""
            context = super().get_context_data(parent_context)
            study = self.instance.study
            content = drawn_content(self.instance) if self.instance.pk else ArticleContent()
            suggested = suggested_answers(study) if study else []
            return context | live_ratings(content, study) | {"study": study, "suggested": suggested}

        @property
        def media(self) -> forms.Media:
            """The script that keeps the ratings up to date."""
            return forms.Media(js=["research/desk/ratings.js"])


def live_ratings(content: ArticleContent, study: Study | None) -> dict[str, Any]:
    """Return both ratings as readers would see them, and whether the title must say how early the research is."""
    notices = list(study.notices.all()) if study else []
    credibility, interest = ratings(content, notices)
    left = [answer.question.title for rating in (credibility, interest) for answer in rating.answers]
    answered = [answer for rating in (credibility, interest) for answer in rating.answers if answer.points is not None]
    return {
        "ratings": [credibility, interest],
        "open_questions": len(left) - len(answered),
        "modest_headline": rubric.needs_modest_headline(credibility, interest),
    }


class SchedulePanel(PublishingPanel):
    """Wagtail's schedule, with the time zones and with what makes it effective here: a signature."""

    class BoundPanel(PublishingPanel.BoundPanel):
        """Adds the zones to the dialog."""

        template_name = "research/admin/schedule_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add the sentence about time zones."""
            return super().get_context_data(parent_context) | {"zone_words": zone_words()}
