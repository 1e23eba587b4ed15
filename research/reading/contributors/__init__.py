"""What readers get of the people in the bylines."""
