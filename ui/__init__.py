"""The chat page: a thin face over `rag`. Knows nothing of searching, models or checking."""
