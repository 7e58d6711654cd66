"""What stages and chains cost: ms a frame, MP/s, line buffers, against references of the same run."""
