"""Rows and words from records: pure functions that know nothing of the toolkit."""
