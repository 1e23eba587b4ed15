"""Numbers in people: their words, and the drawing that shows them."""
