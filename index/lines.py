"""Which line breaks of a text mean something: headings, list items, table rows, log lines, code; the rest is prose.

Knows the layout of lines only, nothing of sentences or passages.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"#{1,6}\s+\S")
_ITEM = re.compile(r"(?:[-*+•‣◦▪●○■–—]|\(?\d{1,2}[.)]|\([a-zA-Z]\)|[a-z][.)]|[A-Z]\))\s+\S")
_ROW = re.compile(r"\||.*(?: \| |\S\t+\S|\S {4,}\S|\S {3}\S.*\S {3}\S)")
_DATE = r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|[A-Z][a-z]{2} +\d{1,2}(?= \d\d:))"
_LOG = re.compile(
    rf"[\[(<]?(?:{_DATE}(?:[ T,]|$)|\d{{1,2}}:\d\d(?::\d\d|\b(?=\]| -))|\d{{1,3}}(?:\.\d{{1,3}}){{3}} )"
    r"|\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b[\]:\s]"
)
_MAIL = re.compile(
    r"(?:From|To|Cc|Bcc|Subject|Date|Sent|Reply-To|Message-ID|In-Reply-To|Attachments?): ?\S", re.IGNORECASE
)
_KEY = re.compile(r"(?:\*\*|__)?[A-Z][\w.'’-]*(?: [\w.'’&/()-]+){0,3}:(?:\*\*|__)?\s+\S")
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_DATED = re.compile(
    rf"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b|\d{{1,2}}[:.]\d\d(?![\w.:]|\s?%)"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)? (?:{_MONTHS})|(?:{_MONTHS})[a-z]*\.? \d{{1,2}}\b"
)
_CODE = re.compile(
    r"[A-Za-z_$][\w.$\[\]-]*\s*[-+*/|:]?=\s*\S|[a-z_$\"'][\w.$\"'-]*:(?:\s+[^\sA-Z]\S*(?: \S+){0,3})?$"
    r"|(?:import|def|class|func|fn|const|let|var|export|public|private|static|package|#include) [\w<\"{*]\S*[^.]*$"
    r"|from \S+ import |return\b.*[;)\]]?$|@\w|</?\w"
    r"|\[[A-Za-z][\w.-]*\]$|[\"'].*[\"'],(?:\s*#.*)?$"
    r"|.*(?:[{}]|[^\]\s]\(.*\)[;:,]?|[={}].*;)$"
)
_WORD = re.compile(r"\w")
_QUOTED = re.compile(r"(?:>\s?)+")
_TERMINAL = tuple(".!?:;。！？")
_WRAPPED_AT_LEAST = 40  # a narrower paragraph is an address or a poem, not filled lines
_WRAPPED_AT_MOST = 200  # a wider line was not wrapped by hand, so its end is a real end
_TITLE_AT_MOST = 80


@dataclass(frozen=True)
class Block:
    """Text [start, end) that sentences stay within. `whole`: one line that is one sentence; `heading`: a title."""

    start: int
    end: int
    heading: bool = False
    whole: bool = False


@dataclass
class _Line:
    start: int
    text: str  # without surrounding white space
    kind: str  # heading, item, row, prose

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def worded(self) -> bool:
        return bool(_WORD.search(self.text[:500]))


def blocks(text: str) -> list[Block]:
    """The blocks of `text` in order; together they hold every character that is not white space."""
    found: list[tuple[int, Block]] = []  # with the number of the paragraph
    for number, lines in enumerate(_paragraphs(text)):
        found += [(number, block) for block in _blocks_of(lines)]
    return [
        Block(block.start, block.end, heading=True, whole=True)
        if _is_alone(found, n) and _is_title(text, block, [following for _, following in found[n + 1 : n + 2]])
        else block
        for n, (_, block) in enumerate(found)
    ]


def _paragraphs(text: str) -> Iterator[list[_Line]]:
    """Runs of lines that are not blank, each line with its kind."""
    lines: list[_Line] = []
    offset, fenced = 0, False
    for raw in text.splitlines(keepends=True):
        stripped = raw.strip()
        if not stripped:
            if lines:
                yield lines
            lines = []
        else:
            if stripped.startswith("```"):
                fenced = not fenced
            start = offset + len(raw) - len(raw.lstrip())
            lines.append(_Line(start, stripped, "row" if fenced else _kind(stripped)))
        offset += len(raw)
    if lines:
        yield lines


def _kind(line: str) -> str:
    head = line[:500]  # patterns look at the start only, whatever the length of the line
    if _HEADING.match(head):
        return "heading"
    if _ROW.match(head) or _LOG.match(head) or _MAIL.match(head):
        return "row"
    return "item" if _ITEM.match(head) else "prose"


def _blocks_of(lines: list[_Line]) -> list[Block]:
    """The blocks of one paragraph: lines are joined where the break is only a wrap."""
    _mark_records(lines)
    width = max(len(line.text) for line in lines)
    groups: list[list[_Line]] = []
    for line in lines:
        # A line without a word (an underline, a table's rule, a closing fence) belongs to the line above it.
        if groups and (
            not line.worded or _is_wrap(groups[-1][-1], line, width) or not any(g.worded for g in groups[-1])
        ):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_block(group, first=group[0] is lines[0], only=len(groups) == 1) for group in groups]


def _block(group: list[_Line], first: bool, only: bool) -> Block:
    kinds = {line.kind for line in group}
    head, last = group[0], group[-1]
    underlined = len(group) == 2 and len(last.text) > 2 and set(last.text) in ({"="}, {"-"})
    capitals = first and not only and len(group) == 1 and head.text.isupper() and 4 <= len(head.text) <= _TITLE_AT_MOST
    heading = "heading" in kinds or (head.kind == "prose" and (underlined or capitals))
    return Block(head.start, last.end, heading, heading or "row" in kinds)


def _mark_records(lines: list[_Line]) -> None:
    """Give lines of "Key: value", of a timetable, delimited values and code their kind: only their neighbours tell them
    from prose."""
    prose = [line for line in lines if line.kind == "prose"]
    for opening in (_KEY, _DATED):
        opened = [line for line in prose if opening.match(line.text[:200])]
        if len(opened) >= 2 and 2 * len(opened) >= len(prose):
            for line in opened:
                line.kind = "item"
    other = [line for line in prose if line.kind == "prose"]
    code = [line for line in other if _CODE.match(line.text[:200])]
    if len(code) >= 2 and 2 * len(code) >= len(other):
        for line in other:
            line.kind = "row"
    for delimiter in ",;":
        counts = {line.text.count(delimiter) for line in prose}
        if len(prose) >= 2 and len(counts) == 1 and counts.pop() >= (2 if len(prose) >= 3 else 3):
            for line in prose:
                line.kind = "row"


def _is_wrap(above: _Line, below: _Line, width: int) -> bool:
    """Whether the break between two lines is there only because the line was full."""
    if below.kind != "prose" or above.kind not in ("prose", "item") or width > _WRAPPED_AT_MOST:
        return False
    rest = _QUOTED.sub("", below.text, count=1)
    word = rest.split(maxsplit=1)[0] if rest else ""
    if width >= _WRAPPED_AT_LEAST and len(above.text) + 1 + len(word) > width:
        return True
    return word[:1].islower() and not above.text.endswith(_TERMINAL)


def _is_alone(found: list[tuple[int, Block]], n: int) -> bool:
    """Whether the block is its whole paragraph."""
    paragraph = found[n][0]
    return not (n and found[n - 1][0] == paragraph) and not (n + 1 < len(found) and found[n + 1][0] == paragraph)


def _is_title(text: str, block: Block, following: list[Block]) -> bool:
    """A short paragraph of one line that starts like a title, does not end like a sentence, and heads a longer one."""
    if block.end - block.start > _TITLE_AT_MOST or block.whole or not following or following[0].heading:
        return False
    line = text[block.start : block.end]
    starts = line[0].isupper() or line[0].isdigit()
    ends = line[-1].isalnum() or line[-1] in ")?"
    return starts and ends and "\n" not in line and following[0].end - following[0].start > len(line)
