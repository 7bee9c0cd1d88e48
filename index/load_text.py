"""Text files in, their text out as it is written; of Markdown also where the sections begin."""

import re
from itertools import accumulate, pairwise
from pathlib import Path

from index.decode import decode
from index.extract import Extract, outline

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?:.*\n)*?(?:---|\.\.\.)[ \t]*\n")


def read_text(path: Path) -> Extract:
    """The text; raises UserError when it is none."""
    return Extract(decode(path.read_bytes()))


def read_markdown(path: Path) -> Extract:
    """The text with the path of headings as sections."""
    from markdown_it import MarkdownIt

    text = decode(path.read_bytes())
    front = _FRONT_MATTER.match(text)
    skipped = front.end() if front else 0
    lines = text[skipped:].splitlines(keepends=True)
    starts = list(accumulate(map(len, lines), initial=skipped))
    # Only the blocks are parsed: what is inside a line is of no interest here.
    tokens = MarkdownIt("commonmark").disable("inline").parse(text[skipped:])
    headings = [
        (starts[token.map[0]], int(token.tag[1]), title.content)
        for token, title in pairwise(tokens)
        if token.type == "heading_open" and token.map
    ]
    return Extract(text, sections=outline(headings))
