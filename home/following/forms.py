"""What a reader chooses: which list, from which rating on, how often."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from home.following.models import Follower
from research.models.published import ListingCount
from research.models.sections import TopicIndexPage
from research.models.topics import Topic

RATINGS = [
    (0, _("Any")),
    *((2, _("2 of 5 or more")), (3, _("3 of 5 or more")), (4, _("4 of 5 or more"))),
    (5, _("5 of 5")),
]


class ChoicesForm(forms.ModelForm):
    """The choices of somebody whose address is known."""

    section = forms.ModelChoiceField(
        TopicIndexPage.objects.none(), label=_("Which part?"), empty_label=_("Everything"), required=False
    )
    topic = forms.ModelChoiceField(
        Topic.objects.none(), label=_("Only one topic?"), empty_label=_("All topics"), required=False
    )
    least_credibility = forms.TypedChoiceField(
        label=_("From which credibility rating on?"),
        choices=RATINGS,
        coerce=int,
        help_text=_("Corrections and retractions are always told."),
    )

    class Meta:
        model = Follower
        fields = ("section", "topic", "frequency", "least_credibility")
        labels = {"frequency": _("How often?")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections = TopicIndexPage.objects.open_to_all().order_by("title")
        with_articles = ListingCount.objects.of_topics(timezone.now())
        topics = Topic.objects.filter(pk__in=with_articles.values("topic")).order_by("name")
        for name, rows in (("section", self.sections), ("topic", topics)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
            field.queryset = rows
        self.order_fields(["email", *self.Meta.fields])

    def clean(self) -> dict[str, Any]:
        """A topic is followed within a section; where there is only one, that one is meant."""
        given = super().clean() or {}
        sections = list(self.sections[:2])
        if given.get("topic") and not given.get("section"):
            if len(sections) == 1:
                given["section"] = sections[0]
            else:
                self.add_error("section", gettext("Choose the part in which you follow this topic."))
        return given


class FollowForm(ChoicesForm):
    """The choices with an address; whether it is known is told to nobody but its owner."""

    email = forms.EmailField(label=_("Your e-mail address"), max_length=254)
    # People do not see this field; programs that fill in every field do.
    website = forms.CharField(required=False, widget=forms.HiddenInput())

    def clean_email(self) -> str:
        """Return the address in small letters, as mail servers read it."""
        return str(self.cleaned_data["email"]).lower()
