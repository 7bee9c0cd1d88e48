"""A change of the documents as HTML, as it goes and when it has ended. Pure functions; all data is escaped."""

from collections import Counter
from collections.abc import Mapping

from index.types import Report, Verdict
from ui.changes import Doing, Run
from ui.render import esc, many, name_of

TOLD = 100  # files of a report

VERDICTS: dict[Verdict, str] = {
    "added": "added",
    "unchanged": "already there",
    "updated": "updated",
    "removed": "removed",
    "failed": "not added",
    "skipped": "passed over: of a kind that is not read",
}

HEADS: dict[Doing, tuple[str, str]] = {
    "adding": ("Adding", "Added"),
    "again": ("Reading again", "Read again"),
    "syncing": ("Syncing", "Synced"),
    "deleting": ("Deleting", "Deleted"),
}
WORDS: dict[Doing, Mapping[Verdict, str]] = {
    "adding": VERDICTS,
    "again": {**VERDICTS, "unchanged": "read again, nothing changed", "failed": "not read"},
    "syncing": {**VERDICTS, "unchanged": "unchanged", "failed": "not read"},
    "deleting": {**VERDICTS, "removed": "deleted", "failed": "not deleted"},
}


def fault_html(text: str) -> str:
    """Why something was not done, in one line that can be dismissed."""
    told = esc(text[:1].upper() + text[1:])
    return _section(f'<p class="fn-fault" role="alert">{told}</p>{_button("dismiss", "Dismiss")}', "fault")


def told_html(text: str) -> str:
    """What was done, in one line that can be dismissed."""
    return _section(f'<p class="fn-reports-head" role="status">{esc(text)}</p>{_button("dismiss", "Dismiss")}', "told")


def _section(inner: str, news: str, going: bool = False) -> str:
    """The panel; where `news` is another than before, the list of documents may have changed."""
    return (
        f'<section class="fn-reports" data-news="{news}" data-run="{"going" if going else "ended"}">{inner}</section>'
    )


def _button(name: str, label: str) -> str:
    return f'<button type="button" class="fn-{name}" aria-label="{label} this report">{label}</button>'


def run_html(run: Run) -> str:
    """A change as it goes and when it has ended: how far, what became of each file, and why."""
    if run.fault and not run.reports:
        return fault_html(run.fault) if run.ended else ""
    items = [_reported(report, WORDS[run.doing]) for report in _told(run)]
    if not run.ended:
        items = [*_under_way(run), *items]
    fault = f'<p class="fn-fault" role="alert">{esc(run.fault)}</p>' if run.fault else ""
    button = _button("dismiss", "Dismiss") if run.ended else _button("halt", "Stop") if run.doing != "deleting" else ""
    more = f"<li>… and {len(items) - TOLD:,} more</li>" if len(items) > TOLD else ""
    head = f'<p class="fn-reports-head" role="status">{esc(_head(run))}</p>{fault}'
    news = f"{run.number} {len(run.reports)} {'ended' if run.ended else 'going'}"
    return _section(f"{head}<ul>{''.join(items[:TOLD])}{more}</ul>{button}", news, not run.ended)


def _head(run: Run) -> str:
    going, over = HEADS[run.doing]
    counts = Counter(report.verdict for report in run.reports)
    summary = ", ".join(f"{counts[verdict]:,} {word}" for verdict, word in WORDS[run.doing].items() if counts[verdict])
    if run.ended:
        left = f", {len(run.files) - run.done} not begun" if run.stopped and run.files else ""
        return ("Stopped: " if run.stopped else "") + (summary or f"{over}: there was nothing to do") + left
    if run.doing == "deleting":
        return "Deleted; wiping what is left of it" if run.reports else going
    return f"{going}: {run.done} of {many(len(run.files), 'file')} done" if run.files else f"{going}: {summary or '…'}"


def _told(run: Run) -> list[Report]:
    """Failures first because they need the person; of a folder, what has not changed goes without saying."""
    quiet = {"unchanged", "skipped"} if run.doing == "syncing" else set()
    kept = [report for report in run.reports if report.verdict not in quiet or report.warnings]
    return sorted(kept, key=lambda report: (report.verdict != "failed", not report.warnings))


def _under_way(run: Run) -> list[str]:
    """The file at hand with its bar, and those that wait."""
    if not run.files:
        return [_going(run.source, run.share)] if run.source else []
    now = [_going(name, run.share) for name in run.files[run.done : run.done + 1]] if run.doing != "deleting" else []
    return now + [f"<li><em>waiting</em> <bdi>{esc(name_of(name))}</bdi></li>" for name in run.files[run.done + 1 :]]


def _going(source: str, share: float) -> str:
    name, percent = esc(name_of(source)), round(100 * min(1.0, share))
    return (
        f'<li class="fn-going"><em>reading</em> <bdi>{name}</bdi> '
        f'<progress max="100" value="{percent}" aria-label="{name}">{percent} %</progress></li>'
    )


def _reported(report: Report, words: Mapping[Verdict, str]) -> str:
    reasons = "; ".join(filter(None, (report.detail, *report.warnings)))
    held = many(report.passages, "passage") if report.verdict in ("added", "updated") else ""
    told = ": ".join(filter(None, (held, reasons)))
    why = f" <span>{esc(told)}</span>" if told else ""
    return (
        f'<li data-verdict="{esc(report.verdict)}"><em>{words[report.verdict]}</em> '
        f'<bdi title="{esc(report.source)}">{esc(name_of(report.source))}</bdi>{why}</li>'
    )
