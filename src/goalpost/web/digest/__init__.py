"""Digests: their settings, the mail, and the jobs that send it."""
