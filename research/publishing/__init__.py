"""From signature to reader: the ledger, its runner, and the row that readers see."""
