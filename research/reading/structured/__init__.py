"""What pages tell search engines of themselves, in the words of schema.org, as JSON for their head."""
