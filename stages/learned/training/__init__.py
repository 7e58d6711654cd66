"""What all trainings share: pictures in, a loop that can be killed, weights and curves out."""
