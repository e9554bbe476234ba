"""What checks tell a fault by: one sign a file."""
