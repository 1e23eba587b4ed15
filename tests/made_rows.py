"""Rows that no factory makes: one value for each kind of column, past all rules."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import models

NOWHERE = 987_654


def any_value(field: models.Field, number: int = 7) -> Any:
    """Return what a column takes; None where it may be empty or numbers itself. A key points nowhere."""
    if field.null or (field.primary_key and isinstance(field, models.AutoField)):
        return None
    if field.is_relation:
        return NOWHERE + number
    if isinstance(field, models.CharField | models.TextField | models.FileField):
        return uuid4().hex[: field.max_length or 8]
    values: dict[str, Any] = {
        "BooleanField": False,
        "DateTimeField": datetime(2030, 1, 1, tzinfo=UTC),
        "DateField": date(2030, 1, 1),
        "DurationField": timedelta(0),
        "UUIDField": uuid4(),
        "BinaryField": b"",
        "JSONField": {},
    }
    return values.get(field.get_internal_type(), number)
