"""Topics as readers meet them: from A to Z and by area, and one topic with what is near it."""
