"""Dashboards: their pages, the menu on goals that adds to them, sharing, public links."""
