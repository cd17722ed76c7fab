"""The digest: what changed, what is needed and what is behind, for one person at one hour."""
