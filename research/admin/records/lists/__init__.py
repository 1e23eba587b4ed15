"""Lists of the record, by wagtail-modeladmin: filters, search, inspection and export."""
