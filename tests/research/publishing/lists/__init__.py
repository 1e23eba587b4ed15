"""What lists offer, and what puts it right."""
