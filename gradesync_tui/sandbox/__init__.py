"""The embedded district: the outside world that the program is tried out and tested against, reached by HTTP alone."""
