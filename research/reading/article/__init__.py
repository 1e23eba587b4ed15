"""An article as readers get it: its row, its presentation, its pages."""
