"""The receipt of a signature: what a reviewer signed, and what proves it, to keep outside our reach."""
