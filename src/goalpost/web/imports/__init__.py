"""Importing files in the browser: from the upload over columns, values and a check to a job; and undo."""
