"""Loads rows of files: resolves names, finds existing records, and writes what changed."""
