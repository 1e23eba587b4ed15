"""The publication ledger under faults, with several runners, and after an outage."""
