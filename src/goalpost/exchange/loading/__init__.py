"""Rows of files into the company's records: who and what they name, what is known already, what changed."""
