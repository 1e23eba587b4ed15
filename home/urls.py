"""The address of the front page; other pages of this app are found by Wagtail."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from wagtail.views import serve

from home import views
from home.brand_view import brand_css
from home.models import HomePage, brand_of_site


def front(request: HttpRequest) -> HttpResponse:
    """Serve the front; one that is for some readers only is Wagtail's."""
    page = HomePage.objects.open_to_all().first()
    return views.front(request, page, brand_of_site().name) if page else serve(request, "")


urlpatterns = [path("", front, name="home_front"), path("brand.css", brand_css, name="brand_css")]
