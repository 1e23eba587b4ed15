"""Models that every app builds on."""

from .heartbeats import Heartbeat
from .images import Image, PictureMaster, Rendition
from .limits import LimitEntry
from .outbox import OutboxMessage
from .pages import TOP_LEVEL_ADDRESSES, BasePage
from .users import AnyUser, User, signed_in

__all__ = [
    "TOP_LEVEL_ADDRESSES",
    "AnyUser",
    "BasePage",
    "Heartbeat",
    "Image",
    "LimitEntry",
    "OutboxMessage",
    "PictureMaster",
    "Rendition",
    "User",
    "signed_in",
]
