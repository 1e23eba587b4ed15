"""What a guest sees: the statement that comes first, then the version they were asked about and their form."""
