"""What is said of a version under review beside its signature: blind answers, and the opinions of guests."""
