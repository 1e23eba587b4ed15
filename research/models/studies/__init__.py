"""Studies that were joined to others, and how each study was judged."""
