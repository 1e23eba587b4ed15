"""A replay for sceptics: what goes wrong with plain pages, tried on plain pages and on articles."""
