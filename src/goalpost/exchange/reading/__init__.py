"""Parses rows of cells as users, deals and activities: maps columns to fields, and texts to values."""
