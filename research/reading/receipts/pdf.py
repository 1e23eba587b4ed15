"""The receipt of a signature as PDF, drawn from its facts; the record that the verifier reads is attached to it."""

from collections.abc import Iterable
from datetime import datetime

from anyascii import anyascii
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import FPDF

from research.artwork.fonts import REGULAR, SEMIBOLD, SERIF, letters_of
from research.reading.receipts.facts import ReceiptFacts

RECORD = "receipt.json"
INK, SOFT, ACCENT, LINE = (28, 41, 47), (66, 79, 87), (10, 92, 103), (221, 216, 203)
MARGIN = 20.0
BODY = 10.5


def pdf_of(facts: ReceiptFacts, *, publication: str) -> bytes:
    """Return the receipt; the same facts give the same bytes."""
    page = _Receipt(publication, facts.made_at)
    page.set_title(_("Receipt of a signature, line %(line)d") % {"line": facts.sequence})
    page.add_page()
    page.headline(facts)
    page.rows(_signature(facts))
    page.heading(_("Its place in the chain"))
    page.rows(_place(facts), is_code=True)
    page.heading(_("Check it yourself"))
    page.steps(_steps(facts))
    page.heading(_("What this does not prove"))
    page.paragraph(
        _(
            "That what was signed is true, or that it still stands: a signature may be revoked by a later line. It "
            "proves that the publication bound itself to these words, to this reviewer and to this place in its record."
        )
    )
    if facts.record:
        page.embed_file(
            bytes=facts.record.encode(), basename=RECORD, desc=_("What countersign_verify.py reads"), compress=True,
            creation_date=facts.made_at, modification_date=facts.made_at,
        )  # fmt: skip
    return bytes(page.output())


def _signature(facts: ReceiptFacts) -> Iterable[tuple[str, str]]:
    yield _("Signed by"), f"{facts.reviewer}, {facts.credentials}" if facts.credentials else facts.reviewer
    yield _("Signed on"), _moment(facts.signed_at)
    yield _("Good until"), _moment(facts.valid_until)
    if facts.declared:
        yield _("Declared interests"), facts.declared
    if facts.page_url:
        yield _("Public at"), facts.page_url
    yield _("State"), facts.revoked or _("Not revoked when this receipt was made.")


def _place(facts: ReceiptFacts) -> Iterable[tuple[str, str]]:
    yield _("Line of the chain"), str(facts.sequence)
    yield _("Fingerprint of the words (SHA-256)"), facts.digest
    yield _("Fingerprint of the line"), facts.line_hash
    yield _("Fingerprint of the line before"), facts.previous_hash or _("None: it is the first line")
    if facts.size is None:
        yield _("Checkpoint"), _("None covers it yet. Fetch this receipt again in some minutes for its proof.")
        return
    yield _("Checkpoint"), _("of %(size)d lines, root %(root)s") % {"size": facts.size, "root": facts.root}
    yield _("Inclusion proof"), "\n".join([_("leaf %(leaf)d") % {"leaf": facts.position}, *facts.path])


def _steps(facts: ReceiptFacts) -> Iterable[str]:
    if not facts.record:
        yield _("The words were removed from the record, so that only the line can be looked up: %(url)s") % {
            "url": facts.line_url or facts.key_url
        }
        return
    yield _(
        "Take the file receipt.json out of this PDF: it stands among its attachments. "
        "On a command line: pdfdetach -save 1 -o receipt.json, and the name of this file."
    )
    yield _("Get the program that checks it, which is short enough to read first: %(url)s") % {
        "url": facts.verifier_url
    }
    yield _(
        "Get the publication’s public key from where nobody could change it unnoticed. %(url)s names it too, but a "
        "site that lies about a signature would lie about its key."
    ) % {"url": facts.key_url}
    yield _("Run: python countersign_verify.py receipt.json --key KEY")
    yield _(
        "It answers PROVEN, with the line and the day of the signature: it compared fingerprint, line, proof and "
        "name. With a checkpoint that you kept, --old FILE --from SITE proves that no line was rewritten since."
    )
    if facts.line_url:
        yield _("The same line and checkpoint, as everybody gets them: %(line)s and %(checkpoint)s") % {
            "line": facts.line_url,
            "checkpoint": facts.checkpoint_url,
        }


def _moment(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{date_format(local, 'DATETIME_FORMAT')} {date_format(local, 'T')}"


class _Receipt(FPDF):
    """A page of A4 in the publication's dress."""

    def __init__(self, publication: str, made_at: datetime) -> None:
        super().__init__(format="A4")
        self.publication, self.made_at = publication, made_at
        self.set_lang(get_language() or settings.LANGUAGE_CODE)
        self.set_author(publication)
        self.set_creation_date(made_at)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=MARGIN + 4)
        for family, style, path in (("Sans", "", REGULAR), ("Sans", "B", SEMIBOLD), ("Serif", "", SERIF)):
            self.add_font(family, style, path)
        self.known = letters_of(REGULAR, SEMIBOLD, SERIF)

    def footer(self) -> None:
        """Say on each page what it belongs to, and when it was made."""
        self.set_y(-MARGIN + 2)
        self._write("", 8.5, SOFT)
        made = _("Made on %(moment)s. Page %(page)d") % {"moment": _moment(self.made_at), "page": self.page_no()}
        self.cell(0, 5, self.printable(f"{self.publication}. {made}"))

    def headline(self, facts: ReceiptFacts) -> None:
        """Write what was signed."""
        self._write("B", 10, ACCENT)
        self.cell(0, 6, self.printable(self.publication), new_x="LMARGIN", new_y="NEXT")
        self._write("", 20, INK, family="Serif")
        self.multi_cell(0, 9, _("Receipt of a medical signature"), align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(2)
        self._write("", 13, INK, family="Serif")
        self.multi_cell(0, 6.5, self.printable(facts.title), align="L", new_x="LMARGIN", new_y="NEXT")
        self._write("", 9.5, SOFT)
        self.cell(0, 6, self.printable(facts.kind), new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def heading(self, words: str) -> None:
        """Write a heading, with room above it."""
        self.ln(4)
        self._write("B", 12, INK)
        self.cell(0, 8, words, new_x="LMARGIN", new_y="NEXT")

    def rows(self, pairs: Iterable[tuple[str, str]], *, is_code: bool = False) -> None:
        """Write names with their values; values that are fingerprints in letters of one width."""
        for name, value in pairs:
            self.set_draw_color(*LINE)
            self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())
            self.ln(1.2)
            top = self.get_y()
            self._write("", 9.5, SOFT)
            self.multi_cell(44, 5, name, align="L", new_x="RIGHT", new_y="NEXT")
            number, below = self.page_no(), self.get_y()
            self.set_xy(MARGIN + 48, top)
            words = self.printable(value)
            if is_code and words.isascii():
                self.set_font("Courier", size=8.8)
                self.set_text_color(*INK)
            else:
                self._write("", BODY, INK)
            self.multi_cell(0, 5, words, align="L", new_x="LMARGIN", new_y="NEXT")
            if number == self.page_no():
                self.set_y(max(below, self.get_y()))
            self.ln(1.2)

    def steps(self, steps: Iterable[str]) -> None:
        """Write steps with their numbers."""
        for number, step in enumerate(steps, 1):
            self._write("B", BODY, ACCENT)
            self.cell(7, 5.2, f"{number}.")
            self.paragraph(step)
            self.ln(1)

    def paragraph(self, words: str) -> None:
        """Write running words."""
        self._write("", BODY, INK)
        self.multi_cell(0, 5.2, self.printable(words), align="L", new_x="LMARGIN", new_y="NEXT")

    def printable(self, words: str) -> str:
        """Return words with letters that the fonts lack in Latin ones; the attached record has them as they are."""
        return "".join(one if ord(one) in self.known or one == "\n" else anyascii(one) for one in words)

    def _write(self, style: str, size: float, colour: tuple[int, int, int], *, family: str = "Sans") -> None:
        self.set_font(family, style, size)
        self.set_text_color(*colour)
