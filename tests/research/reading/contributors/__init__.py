"""What readers get of people."""
