"""What one run does: the nine stages of a grade passback."""
