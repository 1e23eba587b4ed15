"""Back-ups of everything a site keeps, made while it runs, and the way back.

A back-up is a folder: ``manifest.json``, the database as one file, and ``media/``. It is written under another
name and renamed once it is whole, so that one that was cut short is never mistaken for a good one.
"""
