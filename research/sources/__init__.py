"""Clients and file readers that turn outside records into ``SourceRecord``; they know no models and no settings."""
