"""Figures on speed and memory, measured side by side: `make bench`. docs/performance.md says how."""
