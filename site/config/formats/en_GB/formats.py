"""How dates are written in English: with the month's whole name. Other languages write them as Django knows."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
