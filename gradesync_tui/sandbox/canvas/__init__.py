"""The Canvas of the district."""
