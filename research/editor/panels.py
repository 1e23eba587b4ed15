"""Panels of the article editor: the state of the signature, the length, the rubric and what it adds up to."""

from typing import Any

from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, Panel, PublishingPanel

from research import rubric
from research.content.article import content_of
from research.content.completeness import WORDS_AIM
from research.editor.strip import standing_of
from research.newsroom.times import zone_words
from research.reading.build import ratings


def _question(answer_fields: list[str], reason: str, heading: str) -> MultiFieldPanel:
    return MultiFieldPanel(
        [FieldRowPanel([FieldPanel(name) for name in answer_fields]), FieldPanel(reason)],
        heading=heading,
        classname="appraisal-question",
    )


APPRAISAL_PANELS = [
    _question(["design"], "reason_design", "Credibility 1: what kind of study is it?"),
    _question(["population"], "reason_population", "Credibility 2: who or what was studied?"),
    _question(["people"], "reason_people", "Credibility 3: how many people?"),
    _question(
        ["registered", "measured_alike"],
        "reason_safeguards",
        "Credibility 4: was it planned and measured with care?",
    ),
    _question(["checking"], "reason_checking", "Credibility 5: was it checked by others?"),
    _question(["interests"], "reason_interests", "Credibility 6: money and interests"),
    _question(["other_research"], "reason_other_research", "Credibility 7: does other research agree?"),
    MultiFieldPanel(
        [FieldPanel("causal_claim"), FieldPanel("lift_reason"), FieldPanel("certainty")],
        heading="Limits on credibility",
    ),
    _question(["reach"], "reason_reach", "Interest 1: how many readers does it touch?"),
    _question(["actionable"], "reason_actionable", "Interest 2: can anyone act on it now?"),
    _question(["novelty"], "reason_novelty", "Interest 3: is it new to this site?"),
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
            count = content_of(self.instance).word_count if self.instance.pk else 0
            low, high = WORDS_AIM
            verdict = "short" if count < low else "long" if count > high else "right"
            return context | {"count": count, "low": low, "high": high, "verdict": verdict}


class RatingPanel(Panel):
    """What the answers add up to, as last saved: points, band, limits, label."""

    class BoundPanel(Panel.BoundPanel):
        """Computes the ratings of the draft; shown once there are answers."""

        template_name = "research/admin/rating_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """Add both ratings, and whether the title must say how early the research is."""
            context = super().get_context_data(parent_context)
            content = content_of(self.instance) if self.instance.pk else None
            if content is None or not content.appraisal:
                return context | {"ratings": []}
            notices = list(self.instance.study.notices.all()) if self.instance.study else []
            credibility, interest = ratings(content, notices)
            return context | {
                "ratings": [credibility, interest],
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
