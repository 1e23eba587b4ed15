"""The review form: one answer an item, a conflict-of-interest statement, a comment."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.models import User
from research.content.article import ArticleContent
from research.models.reviews.submissions import Submission
from research.review import blind
from research.review.claims.ticks import complete_ticks
from research.review.frozen import Shown
from research.review.questions import (
    ANSWER_WORDS,
    NO,
    NO_STAKE,
    REVIEW_QUESTIONS,
    STAKE,
    YES,
    complete_answers,
)

STAKE_CHOICES = [
    (NO_STAKE, "I have no stake in this study: no money, no role in it, no close tie to its authors."),
    (STAKE, "I have a stake in this study. Then someone else must sign."),
]
OWN_RATINGS = {
    "credibility": _("How credible is this study, in your own judgement?"),
    "interest": _("How much does it matter to people with the condition, in your own judgement?"),
}
SAY_WHAT_SHOULD_CHANGE = _("Say what should change before you send it back: here, or in a note at a sentence.")


class TicksField(forms.Field):
    """The keys of claims, as they come: which of them count is decided where they are kept."""

    widget = forms.MultipleHiddenInput


class ReviewForm(forms.Form):
    """What a reviewer answers before signing; a blank item is refused.

    Sent back, the same form needs a comment, a note at a sentence or an item answered "no", and nothing else.
    """

    stake = forms.ChoiceField(
        label=_("Conflict of interest"),
        # Said in the language of the reviewer; kept as it stands above.
        choices=[(stake, _(words)) for stake, words in STAKE_CHOICES],
        widget=forms.RadioSelect,
        error_messages={"required": _("Declare whether you have a stake in this study.")},
    )
    stake_words = forms.CharField(
        label=_("Anything a reader should know about it"),
        help_text=_("Public with your declaration, on the page on how the summary was made."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    comment = forms.CharField(
        label=_("Comment for the writer"),
        help_text=_(
            "What should change, and why. An article goes back with a comment here, a note at a sentence (see "
            "Comments), or an item answered “no”; all of them go to the writer."
        ),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    # Whether the source was opened from the screen, and whether it was asked about.
    opened = forms.CharField(required=False, widget=forms.HiddenInput)
    asked = forms.CharField(required=False, widget=forms.HiddenInput)
    # The keys of the ticked claims; the boxes stand beside the claims.
    ticks = TicksField(label=_("The claims"), required=False)

    # What the form was shown with: signing compares it with what was frozen and with what is there now.
    shown_digest = forms.CharField(required=False, widget=forms.HiddenInput)
    shown_notices = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        content: ArticleContent | None = None,
        sending_back: bool = False,
        in_place_of: User | None = None,
        notes_made: int = 0,
        is_blind: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.content = content
        # How many notes this reviewer made at sentences in this round, and nobody resolved.
        self.notes_made = notes_made
        # What was answered in earlier rounds, by the key of the question; the screen fills it in.
        self.earlier: Mapping[str, Sequence[Any]] = {}
        self.sending_back = sending_back
        self.fields["stake"].required = not sending_back
        if in_place_of is not None:
            name = in_place_of.get_full_name() or in_place_of.get_username()
            self.fields["take_over"] = forms.CharField(
                label=gettext("This review was given to %(name)s. Why do you sign in their place?") % {"name": name},
                help_text=(
                    gettext("Kept with your answer.")
                    if is_blind
                    else gettext("Kept with the signature, and mailed to them.")
                ),
                required=is_blind or not sending_back,
                max_length=500,
                widget=forms.Textarea(attrs={"rows": 2}),
                error_messages={"required": gettext("Say why you sign in place of %(name)s.") % {"name": name}},
            )
        self.is_blind = is_blind
        for rating in blind.RATINGS if is_blind else ():
            self.fields[f"own_{rating}"] = forms.TypedChoiceField(
                label=OWN_RATINGS[rating],
                choices=list(blind.bands_of(rating).items()),
                coerce=int,
                empty_value=None,
                required=not sending_back,
                widget=forms.RadioSelect,
                error_messages={"required": _("Say how you would rate it yourself.")},
            )
        for question in REVIEW_QUESTIONS:
            self.fields[f"{question.key}-answer"] = forms.ChoiceField(
                label=gettext(question.asks),
                choices=[(answer, gettext(words)) for answer, words in ANSWER_WORDS.items()],
                required=False,
                widget=forms.RadioSelect,
            )
            self.fields[f"{question.key}-note"] = forms.CharField(
                label=gettext("Note or reason"),
                required=False,
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2, "placeholder": " "}),
            )

    def clean(self) -> dict[str, Any]:
        """Refuse incomplete answers, each at its item."""
        cleaned = super().clean() or self.cleaned_data
        if self.sending_back:
            if not self.words_to_the_writer():
                self.add_error("comment", SAY_WHAT_SHOULD_CHANGE)
            return cleaned
        try:
            complete_answers(self.answers())
        except ValidationError as problems:
            for key, messages in problems.message_dict.items():
                self.add_error(f"{key}-answer", messages)
        try:
            complete_ticks(self.content or ArticleContent(), self.ticked())
        except ValidationError as problems:
            for messages in problems.message_dict.values():
                self.add_error("ticks", messages)
        if cleaned.get("stake") == STAKE:
            self.add_error("stake", gettext("With a stake in the study you cannot sign. Send it back or leave it."))
        return cleaned

    def asks_whether_it_was_read(self) -> bool:
        """True where every answer is "yes" and the source was not opened from this screen."""
        given = [answer["answer"] for answer in self.answers().values()]
        return all(answer == YES for answer in given) and not self.cleaned_data.get("opened")

    def ticked(self) -> list[str]:
        """Return the keys of the claims that were ticked, as they were sent."""
        sent = self.data.getlist("ticks") if hasattr(self.data, "getlist") else self.data.get("ticks", ())
        return [str(key) for key in sent]

    def shown(self) -> Shown:
        """Return what the form was shown with."""
        notices = self.cleaned_data.get("shown_notices", "")
        return Shown(self.cleaned_data.get("shown_digest", ""), tuple(notices.split()))

    def take_shown_from(self, submission: Submission | None) -> None:
        """Show the form again with another version: what stands on the screen now."""
        if submission is not None:
            shown = {"shown_digest": submission.digest, "shown_notices": " ".join(submission.notices)}
            self.data = {**{name: self.data[name] for name in self.data}, "ticks": self.ticked(), **shown}

    def answers(self) -> dict[str, dict[str, str]]:
        """Return the answers by question key, as signing takes them."""
        return {
            question.key: {
                "answer": self.cleaned_data.get(f"{question.key}-answer", ""),
                "note": self.cleaned_data.get(f"{question.key}-note", ""),
            }
            for question in REVIEW_QUESTIONS
        }

    def ratings(self) -> dict[str, int | None]:
        """Return the reviewer's own ratings, as far as they were given; none where one reviewer is enough."""
        return {rating: self.cleaned_data.get(f"own_{rating}") for rating in blind.RATINGS} if self.is_blind else {}

    def own_ratings(self) -> list[Any]:
        """Return the fields of the reviewer's own ratings, for the template."""
        return [self[f"own_{rating}"] for rating in blind.RATINGS] if self.is_blind else []

    def words_to_the_writer(self) -> str:
        """Return the comment and, below it, each item answered "no" and the notes at sentences; "" for nothing."""
        answers = self.answers()
        refused = [
            f"– {question.asks} No. {answers[question.key]['note']}".strip()
            for question in REVIEW_QUESTIONS
            if answers[question.key]["answer"] == NO
        ]
        beside = (
            "– See the note at the text." if self.notes_made == 1 else f"– See the {self.notes_made} notes at the text."
        )
        notes = [beside] if self.notes_made else []
        return "\n".join(line for line in [self.cleaned_data.get("comment", ""), *refused, *notes] if line)

    def conflict_statement(self) -> str:
        """Return the declaration as one text; "" when none was made."""
        declared = dict(STAKE_CHOICES).get(self.cleaned_data.get("stake", ""), "")
        return f"{declared} {self.cleaned_data.get('stake_words', '')}".strip()

    def items(self) -> Iterator[tuple[Any, Any, Any, Any]]:
        """Yield (question, answer field, note field, earlier answers) in order, for the template."""
        for question in REVIEW_QUESTIONS:
            earlier = self.earlier.get(question.key, ())
            yield question, self[f"{question.key}-answer"], self[f"{question.key}-note"], earlier

    def problems(self) -> list[tuple[str, str, str]]:
        """Return what is wrong as (anchor, label, message), in the order of the form."""
        in_order = ["ticks", *(name for _, answer, note, _ in self.items() for name in (answer.name, note.name))]
        in_order += [field.name for field in self.own_ratings()]
        in_order += ["stake", "stake_words", *(["take_over"] if "take_over" in self.fields else []), "comment"]
        return [
            (f"item-{name.removesuffix('-answer').removesuffix('-note')}", str(self.fields[name].label), str(message))
            for name in in_order
            for message in self.errors.get(name, [])
        ]


class TextSignForm(forms.Form):
    """The declaration that a shared text is signed with."""

    stake = forms.ChoiceField(
        label=_("Conflict of interest"),
        choices=[(NO_STAKE, _("I have no stake in what this text says."))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Declare that you have no stake. With one, somebody else must sign.")},
    )
