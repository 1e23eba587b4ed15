"""The demo publication *Myelin*: accounts, record and articles in every state."""
