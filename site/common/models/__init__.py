"""Models that every app builds on."""

from .images import Image, Rendition
from .outbox import OutboxMessage
from .pages import TOP_LEVEL_ADDRESSES, BasePage
from .users import User

__all__ = ["TOP_LEVEL_ADDRESSES", "BasePage", "Image", "OutboxMessage", "Rendition", "User"]
