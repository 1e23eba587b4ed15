"""What lists offer: decided when it changes, and put right where it was not."""
