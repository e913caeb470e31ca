"""gradesync: carries grades from Canvas to a student information system, and shows how."""

__version__ = "0.1.0"
