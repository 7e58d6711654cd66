"""On-the-fly defect blocks of hardware ISPs: detect and correct, no map given."""
