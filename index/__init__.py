"""The index: files in, passages and evidence out. Knows nothing about questions, models or pages."""
