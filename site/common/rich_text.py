"""Rich text in the admin, made safe for a server that answers with several threads."""

from wagtail.admin.rich_text import DraftailRichTextArea as WagtailRichTextArea
from wagtail.admin.rich_text.converters.contentstate import ContentstateConverter
from wagtail.admin.rich_text.converters.html_to_contentstate import HtmlToContentStateHandler
from wagtail.rich_text import features, get_rewriter


class ParserPerCallConverter(ContentstateConverter):
    """Wagtail's converter with a parser of its own for each text.

    Wagtail's has one parser for as long as the process lives, shared by every thread that shows a form with
    the same block: words of one person's text came out in another's editor, and were saved with it.
    https://github.com/wagtail/wagtail/issues/14573 (Wagtail 8.0.1); remove when a release mends it.
    """

    def from_database_format(self, html: str) -> str:
        """Return stored rich text as the JSON that the editor works on."""
        parser = HtmlToContentStateHandler(self.features)
        parser.feed(html)
        parser.close()
        return parser.contentstate.as_json(indent=4, separators=(",", ": "))


class DraftailRichTextArea(WagtailRichTextArea):
    """Wagtail's editor of rich text with the converter above; named in ``WAGTAILADMIN_RICH_TEXT_EDITORS``."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.converter = ParserPerCallConverter(self.features)


def register_features() -> None:
    """Have every feature of rich text known before the first request; called once, as a server starts.

    Wagtail registers them in the first request that asks, and keeps what it found then. Two first requests
    at once register twice: one of them could find Wagtail's own handler of page links where ours had taken
    its place, and the process would print addresses that are not public until it ended (Wagtail 8.0.1).
    """
    features.get_default_features()
    get_rewriter()
