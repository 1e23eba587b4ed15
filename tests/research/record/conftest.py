"""What happens to studies: whatever it changes of public rows has a receipt."""

from tests.factories.fixtures import _receipts_follow

__all__ = ["_receipts_follow"]
