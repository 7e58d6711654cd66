"""What is wrong with a sensor: populations of defects, as data, and what they do to frames."""
