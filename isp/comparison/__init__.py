"""The comparison, a line: inputs → crops → damage → maps → stages → records → summary."""
