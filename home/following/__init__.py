"""Following by mail: who asked to be told of new articles, corrections and retractions, and the mails that tell them.

A reader's address stands in one table, apart from everything else, and goes with its row. Nothing is sent to an
address whose owner has not said yes from it.
"""
