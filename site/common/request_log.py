"""The log of requests, a line each."""

from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware
from structlog.contextvars import bind_contextvars


class RequestLogMiddleware(RequestMiddleware):
    """Names the client as ``ClientAddressMiddleware`` found it, instead of looking for it in twenty headers again."""

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        """Let each line of this request name its client."""
        bind_contextvars(ip=request.META.get("REMOTE_ADDR", ""))
