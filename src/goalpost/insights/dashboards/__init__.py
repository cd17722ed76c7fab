"""Dashboards: tiles of goals in an order of their own, shared with people, teams and by public links."""
