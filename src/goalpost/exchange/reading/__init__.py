"""Rows of cells as users, deals and activities: which column is which field, and what a cell's text means."""
