"""What readers take along on paper."""
