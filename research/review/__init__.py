"""From submission to signature: who may sign what, and what a signature permits."""
