"""The address of the front page; other pages of this app are found by Wagtail."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from wagtail.views import serve

from home import views
from home.models import HomePage


def front(request: HttpRequest) -> HttpResponse:
    """Serve the front; one that is for some readers only is Wagtail's."""
    page = HomePage.objects.open_to_all().first()
    return views.front(request, page) if page else serve(request, "")


urlpatterns = [path("", front, name="home_front")]
