"""The glossary: hard words and their plain ones."""

from django.db import models

from research.models.texts import SignableText


class GlossaryTerm(SignableText):
    """A term and its plain words; articles cite it by its identifier."""

    subject_type = "term"
    claim_fields = ("term", "plain_words")

    term = models.CharField(max_length=80, unique=True)
    plain_words = models.TextField(
        max_length=400, help_text="One or two sentences that someone new to the condition follows."
    )
    synonyms = models.TextField(blank=True, help_text="Other forms of the word, one a line.")

    class Meta:
        ordering = ["term"]

    def __str__(self) -> str:
        return self.term
