"""Mails to the people of the newsroom, through the outbox: written now, sent after the commit."""
