"""What outsiders verify the chain by: a tree over its lines, signed checkpoints, and their delivery."""
