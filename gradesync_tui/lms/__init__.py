"""Canvas: the REST client (`canvas.Canvas`), the typed records that it answers with, and its errors."""
