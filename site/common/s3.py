"""Media in an S3-compatible store; imported where one is configured."""

from storages.backends.s3 import S3Storage

from common.media import S3MediaMixin


class MediaS3Storage(S3MediaMixin, S3Storage):
    """Public objects below ``public/``; the others by addresses that the store signed."""
