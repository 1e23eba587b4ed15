"""The reviewer's desk: what waits, the screen on which it is read and signed, and who was given it."""
