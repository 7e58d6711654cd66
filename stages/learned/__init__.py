"""Networks, their training and their shipped weights."""
