"""The SIS of the district."""
