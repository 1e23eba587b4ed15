"""The writer's desk: how articles start, what the editor asks in the background, and what is said beside the text."""
