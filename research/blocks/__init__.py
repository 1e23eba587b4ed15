"""The blocks of an article's body."""

from research.blocks.sections import ArticleBody

__all__ = ["ArticleBody"]
