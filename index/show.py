"""Text from documents and people, made safe to print on a terminal."""


def shown(text: str) -> str:
    """Text without what a terminal would obey, or could not print."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
