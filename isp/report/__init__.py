"""Reports: one self-contained HTML page, and the figures behind it as CSV and JSON."""
