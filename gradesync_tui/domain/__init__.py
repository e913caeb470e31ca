"""What is true without any I/O: recurrence, grades and their differences, SIS profiles, pre-flight, causes."""
