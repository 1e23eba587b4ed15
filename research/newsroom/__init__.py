"""The people and manners of the house: roles, mails, refusals, times, what is only ever added."""
