from datetime import date, timedelta

from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page
from wagtail.query import PageQuerySet

#: The spans that editors are shown, in days.
WEEK, MONTH, YEAR = 7, 28, 365


class DailyViewsQuerySet(models.QuerySet["DailyViews"]):
    def since(self, day: date) -> "DailyViewsQuerySet":
        """Counts of this day and later ones."""
        return self.filter(day__gte=day)

    def by_day(self, today: date, days: int) -> list[tuple[date, int]]:
        """Return each of so many days up to today with the views of all pages; days without any are 0."""
        first = today - timedelta(days=days - 1)
        counted = dict(self.since(first).order_by("day").values_list("day").annotate(Sum("views")))
        every = (first + timedelta(days=number) for number in range(days))
        return [(day, counted.get(day, 0)) for day in every]


class DailyViews(models.Model):
    """How often a page was opened on a day of the site's time zone. Who opened it is not known to anybody."""

    day = models.DateField()
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="daily_views")
    views = models.PositiveIntegerField(default=0)

    objects = DailyViewsQuerySet.as_manager()

    # Wagtail counts where a page is used; this is no such place.
    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["-day", "-views"]
        verbose_name_plural = _("daily views")
        constraints = [models.UniqueConstraint(fields=["day", "page"], name="one_count_a_page_and_day")]

    def __str__(self) -> str:
        return f"{self.page_id} on {self.day}: {self.views}"


def pages_with_views(today: date) -> PageQuerySet:
    """Return the pages that were read within a year, with the views of the last week, four weeks and year."""

    def views_of(days: int) -> Coalesce:
        within = Q(daily_views__day__gt=today - timedelta(days=days))
        return Coalesce(Sum("daily_views__views", filter=within), 0)

    annotated = Page.objects.annotate(week=views_of(WEEK), month=views_of(MONTH), year=views_of(YEAR))
    return annotated.filter(year__gt=0)
