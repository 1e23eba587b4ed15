"""What goes with a shared link of an article."""
