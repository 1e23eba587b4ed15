"""The answers that make the two ratings; points and bands are computed, never stored or typed."""

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey

from common.words import Words
from research import rubric

REASON_KEYS = (
    "design",
    "population",
    "people",
    "safeguards",
    "checking",
    "interests",
    "other_research",
    "reach",
    "actionable",
    "novelty",
)


def _choices(question: rubric.Question) -> list[tuple[str, Words]]:
    return [(choice.key, _(choice.words)) for choice in question.choices]


def _reason() -> models.CharField:
    return models.CharField("why", max_length=300, blank=True)


class Appraisal(models.Model):
    """One article's answers to the rubric, with a sentence of reason for each."""

    class YesNo(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")

    class Certainty(models.TextChoices):
        HIGH = "high", _("High")
        MODERATE = "moderate", _("Moderate")
        LOW = "low", _("Low")
        VERY_LOW = "very_low", _("Very low")

    page = ParentalKey("research.ArticlePage", on_delete=models.CASCADE, related_name="appraisals")
    rubric_version = models.CharField(max_length=12, default=rubric.CURRENT_VERSION, editable=False)

    design = models.CharField(_("kind of study"), max_length=24, blank=True, choices=_choices(rubric.DESIGN))
    reason_design = _reason()
    population = models.CharField(_("who and what"), max_length=24, blank=True, choices=_choices(rubric.POPULATION))
    reason_population = _reason()
    people = models.PositiveIntegerField(
        _("number of people"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000_000)],
        help_text=_("How many people took part; 0 if none. Leave empty if not known."),
    )
    reason_people = _reason()
    registered = models.CharField(_("registered in advance?"), max_length=3, blank=True, choices=YesNo.choices)
    measured_alike = models.CharField(
        _("blinded, or measured the same way for all?"),
        max_length=3,
        blank=True,
        choices=YesNo.choices,
        help_text=_("For a review: was the risk of bias of its studies judged?"),
    )
    reason_safeguards = _reason()
    checking = models.CharField(_("checked by others"), max_length=24, blank=True, choices=_choices(rubric.CHECKING))
    reason_checking = _reason()
    interests = models.CharField(
        _("money and interests"), max_length=24, blank=True, choices=_choices(rubric.INTERESTS)
    )
    reason_interests = _reason()
    other_research = models.CharField(
        _("other research"), max_length=24, blank=True, choices=_choices(rubric.OTHER_RESEARCH)
    )
    reason_other_research = _reason()

    causal_claim = models.BooleanField(
        _("Says that something causes, prevents or treats?"),
        default=False,
        help_text=_("Then a study that only watched is rated at most Moderate."),
    )
    lift_reason = models.CharField(
        _("Reason to lift that limit to Good"),
        max_length=300,
        blank=True,
        help_text=_("The medical reviewer signs this reason too."),
    )
    certainty = models.CharField(
        _("The review’s own certainty (GRADE)"),
        max_length=10,
        blank=True,
        choices=Certainty.choices,
        help_text=_("Only for a systematic review that states one."),
    )

    reach = models.CharField(
        _("how many readers does it touch?"),
        max_length=24,
        blank=True,
        choices=_choices(rubric.REACH),
    )
    reason_reach = _reason()
    actionable = models.CharField(
        _("can anyone act on it now?"),
        max_length=24,
        blank=True,
        choices=_choices(rubric.ACTIONABLE),
    )
    reason_actionable = _reason()
    novelty = models.CharField(
        _("is it new to this site?"), max_length=24, blank=True, choices=_choices(rubric.NOVELTY)
    )
    reason_novelty = _reason()

    def __str__(self) -> str:
        return f"Appraisal of {self.page_id}"

    def answers(self) -> dict[str, Any]:
        """Return the answers as the rubric takes them, the version among them."""
        return {
            "rubric": self.rubric_version,
            "design": self.design,
            "population": self.population,
            "people": self.people,
            "registered": self.registered,
            "measured_alike": self.measured_alike,
            "checking": self.checking,
            "interests": self.interests,
            "other_research": self.other_research,
            "causal_claim": self.causal_claim,
            "lift_reason": self.lift_reason,
            "certainty": self.certainty,
            "reach": self.reach,
            "actionable": self.actionable,
            "novelty": self.novelty,
        }

    def reasons(self) -> dict[str, str]:
        """Return the reasons that were written, by question key."""
        written = {key: getattr(self, f"reason_{key}") for key in REASON_KEYS}
        return {key: words for key, words in written.items() if words}
