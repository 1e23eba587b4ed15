from django.db import models


class LimitEntry(models.Model):
    """A count kept by Django's database cache, where no cache server is; the cache decides on the columns."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.cache_key
