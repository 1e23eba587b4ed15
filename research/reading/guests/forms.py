"""What a guest declares before they see a word, and what they say of it afterwards."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from research.models.reviews.guests import GuestLink

MOST_WORDS_LENGTH = 8000
NONE, TIE = "none", "tie"

#: Kept as they stand here, whatever language a guest reads; the form says them in it.
STATEMENTS = {
    NONE: gettext_noop(
        "I have no tie to this study: no money, no role in it, no close tie to its authors or its funder."
    ),
    TIE: gettext_noop("I have a tie to it, which I describe below."),
}
ASKS = {
    GuestLink.Kind.EXPERT: _("What should change, and why? Please quote the sentence that you mean."),
    GuestLink.Kind.READER: _("What was unclear, or made you stop?"),
    GuestLink.Kind.AUTHOR: _("Does anything here misstate your study? Please quote the sentence that you mean."),
}


class DeclarationForm(forms.Form):
    """Whether a guest has a tie to the study. Having one keeps nobody from giving an opinion; it is kept beside it."""

    tie = forms.ChoiceField(
        label=_("Do you have a tie to the study?"),
        choices=[(tie, _(words)) for tie, words in STATEMENTS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether you have a tie to the study.")},
    )
    tie_words = forms.CharField(
        label=_("Which tie, if you have one"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    private = forms.BooleanField(
        label=_("I will not share the text: it is not public, and not yet medically reviewed."),
        error_messages={"required": _("Please say that you will not share it.")},
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a tie that is not described."""
        cleaned = super().clean() or {}
        if cleaned.get("tie") == TIE and not cleaned.get("tie_words", "").strip():
            self.add_error("tie_words", _("Describe the tie in a few words."))
        return cleaned

    def statement(self) -> str:
        """Return the declaration as one text."""
        return f"{STATEMENTS[self.cleaned_data['tie']]} {self.cleaned_data['tie_words']}".strip()


class OpinionForm(forms.Form):
    """A guest's opinion; a lay reader is not asked whether the text is right."""

    verdict = forms.ChoiceField(
        label=_("All in all, the text is"),
        choices=GuestLink.Verdict.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you think of the text.")},
    )
    words = forms.CharField(
        max_length=MOST_WORDS_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Please leave out anything about your own health, or anybody else’s."),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = ASKS[GuestLink.Kind(kind)]
        if kind == GuestLink.Kind.READER:
            del self.fields["verdict"]

    def clean(self) -> dict[str, Any]:
        """Refuse an answer that says nothing."""
        cleaned = super().clean() or {}
        if not cleaned.get("words", "").strip() and cleaned.get("verdict") != GuestLink.Verdict.RIGHT:
            self.add_error("words", _("Tell us in words, so that the writer knows what to change."))
        return cleaned
