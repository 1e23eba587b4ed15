"""The planning board: what is written, reviewed, scheduled and due again, by date and by state."""
