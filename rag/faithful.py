"""Does a draft say what a piece of evidence says? Each check gives its objection, or None."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from index.words import terms, tokens
from rag.align import Case, counted, disordered, same
from rag.claims import (
    COMPARATIVES,
    POINTERS,
    PREPOSITIONS,
    Word,
    content,
    denied,
    family,
    limits,
    modals,
    negations,
    read,
    stems,
)
from rag.meanings import opposites

_DROPPED = family("only most some few half partly hardly")
_WHOLE = family("all every")
_WHOLE_TOLD = family("all every each any both everyone everybody everything whole entire always nobody nothing no none")
_MODAL_VERBS = family("could may can must should might would will shall")  # compared with their likes
_CONDITIONS = family("if unless provided except")
_CONCESSIONS = family("while although though whereas")
_PLANNED, _AHEAD = family("propose expect allegedly"), family("would could may should")
_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][\w’'-]*")


def strange_words(case: Case) -> str | None:
    """Numbers and units must be the evidence's; other words may come from the question."""
    for word in case.said:
        if word.kind in ("number", "unit") and not any(_counts(word, other, case.held) for other in case.held):
            return f"the number or unit {word.text} is not in the evidence"
    around, held, asked = stems(read(case.passage)), stems(case.held), stems(case.asked)
    strange = [w for w in content(case.said) if w.stem not in held and w.text not in _MODAL_VERBS]
    if names := [w for w in strange if w.kind == "name" and w.stem not in asked & around]:
        return f"the name {names[0].text} is not in the evidence"
    if others := [w for w in strange if w.kind != "name" and w.stem not in asked]:
        return f"the evidence does not hold “{others[0].text}”"
    whose = [name for name in _names(case.text) if _only_owner(name, case.text, case.evidence)]
    if whose and not _owner_asked(case):
        return f"the evidence names {whose[0]} as an owner only"
    return None


def _counts(word: Word, other: Word, held: Sequence[Word]) -> bool:
    """Whether a number of the draft is this one of the evidence; a unit may be that of a neighbour ("3 or 4 weeks")."""
    if not same(word, other) or word.kind == "unit":
        return same(word, other)
    strange = {*word.unit.split()} - {*other.unit.split()} - {"date"}
    return not strange or (
        not counted(other, held) and strange <= {unit for w in held for unit in (*w.unit.split(), w.text)}
    )


def _names(text: str) -> list[str]:
    return [token for match in _NAME.findall(text) for token in tokens(match)]


def _only_owner(name: str, draft: str, evidence: str) -> bool:
    """Whether the evidence speaks only of what is somebody's ("Scholz's spokesperson") and the draft of that person."""
    said, held = (re.findall(rf"\b{re.escape(name)}\b(['’]s\b|['’])?", text, re.I) for text in (draft, evidence))
    return bool(held) and all(held) and not all(said)


def _owner_asked(case: Case) -> bool:
    """Whether the question asks for an owner: whose something is, or who holds the title before the name ("Who is the
    chancellor?" of "Chancellor Scholz's spokesperson")."""
    title = re.search(rf"(\w+) {re.escape(case.text)}['’]", case.evidence, re.I)
    whose = re.search(r"\bwhose\b", case.question, re.I)
    return bool(whose or (title and set(terms(title[1])) & set(terms(case.question))))


def changed_sense(case: Case) -> str | None:
    """Negation, modality and limits must be those of the parts of the evidence that the draft speaks of."""
    touched = case.touched
    if not touched:
        return "the evidence does not hold the draft's words"
    if _denied_otherwise(case) or _denies_other(case) or _opposed(case):
        return "the draft changes a negation of the evidence"
    segments = {case.held[n].segment for n in touched}
    near = [w for w in case.held if w.segment in segments]
    if modals(case.said) - modals(near) or limits(case.said) - limits(near) - limits(case.asked):
        return "the draft changes a condition of the evidence"
    if limits(case.said) & _WHOLE and not {w.text for w in case.held} & _WHOLE_TOLD:
        return "the evidence does not say that of all"
    hedged = [w for n, w in enumerate(case.held) if w in near and stems(case.said) & stems(_next_told(case.held, n))]
    if not case.verbatim and modals(hedged) - modals(case.said) - modals(case.asked):
        return "the draft drops a condition of the evidence"
    following = case.held[touched[-1] + 1 : touched[-1] + 2]
    if case.statement and following and following[0].text in _CONDITIONS:
        return "the draft drops a condition of the evidence"
    if case.statement and (limits(near) & _DROPPED) - limits(case.said):
        return "the draft drops a limit of the evidence"
    return None


def said_too_often(case: Case) -> str | None:
    """A number stands in the draft no more often than in the evidence or the question."""
    numbers = [Counter(w.text for w in words if w.kind == "number") for words in (case.said, case.held, case.asked)]
    more = numbers[0] - (numbers[1] | numbers[2])
    return f"the evidence does not say {next(iter(more))} so often" if more else None


def only_proposed(case: Case) -> str | None:
    """What somebody proposes or expects is not so yet: a phrase of it needs the words that say so, unless asked for."""
    if not case.phrase or not case.touched:
        return None
    segments = {case.held[n].segment for n in case.touched}
    before = [w for w in case.held[: min(case.touched)] if w.segment in segments]
    hedges = modals(before) & _PLANNED - modals(case.asked)
    return "the evidence only proposes or expects it" if hedges and not modals(case.asked) & _AHEAD else None


def _next_told(words: Sequence[Word], place: int) -> list[Word]:
    """The telling word that follows, as the verb does its modal."""
    return [w for w in words[place + 1 : place + 5] if w.kind != "function"][:1]


def _denied_otherwise(case: Case) -> bool:
    """Whether the draft denies more or less often than the parts of the evidence that it speaks of.

    A phrase may leave a negation to the question ("Who may not come?"), and "without" or "no more than" to the
    evidence; "not until" affirms what follows, and so does "none except". What a sentence concedes ("While … not …,")
    denies nothing of the rest.
    """
    if _left_out(case):
        return True
    end = max(case.touched)
    segments = {case.held[n].segment for n in case.touched}
    scopes = {case.held[n].scope for n in case.touched}
    reach = {scope: max(n for n in case.touched if case.held[n].scope == scope) for scope in scopes}
    opening = case.held[0]
    conceded = {opening.segment} - segments if opening.text in _CONCESSIONS else set()
    own = [n for n, w in enumerate(case.held) if w.scope in scopes and w.segment not in conceded]
    spoken = [n for n in own if case.held[n].segment in segments or n < reach[case.held[n].scope]]
    texts = [case.held[n].text for n in spoken]
    first = sum(n < min(case.touched) for n in spoken)
    if "except" in texts[:first] and negations([case.held[n] for n in spoken[: texts.index("except")]]):
        spoken = spoken[texts.index("except") + 1 :]
    scoped = [case.held[n] for n in spoken]
    after = sum(case.held[n].text == "without" for n in spoken if n > end)
    bounds = sum(w.text in ("no", "not") and v.text in COMPARATIVES for w, v in pairwise(scoped))
    said, held = negations(case.said), negations(scoped)
    excused = (negations(case.asked) + after + bounds) * case.phrase
    excused += any(word in texts and "not" in texts[: texts.index(word)] for word in ("until", "unless"))
    return said > held or held > said + excused


def _left_out(case: Case) -> bool:
    """Whether the draft gives what the evidence sets aside: "4 instead of 7" is not 7."""
    known = {w.text for w in (*case.asked, *case.said)}
    for n in case.touched:
        before = {w.text for w in case.held[max(0, n - 2) : n]} & {"except", "instead"} - known
        if before and not negations(case.held[:n]):
            return True
    return False


def _denies_other(case: Case) -> bool:
    """Whether the draft denies what the evidence does not deny, or affirms what it, or the question, denies."""
    if denied(case.said, 1) - denied(case.held, 2):
        return True
    affirmed = stems(case.said) - denied(case.said, 2)
    plain = [w for w in case.held if w.stem in affirmed]
    twice = {w.stem for w in plain if sum(other.stem == w.stem for other in case.held) > 1}
    return not case.phrase and bool(
        affirmed & denied(case.held, 1) - twice or affirmed & denied(case.asked, 1) - stems(case.held)
    )


def _opposed(case: Case) -> bool:
    """Whether a word of the draft, which the evidence lacks, is the opposite of one that it has."""
    held = stems(case.held)
    return any(w.stem not in held and opposites(w.stem) & held for w in case.said)


def turned_pointer(case: Case) -> str | None:
    """A word like "before" or "beyond" must point at what it points at in the evidence."""
    if case.verbatim:
        return None
    places = _pointed(case.held)
    for pointer, target in _pointed(case.said):
        if (pointer, target) in places or (pointer == "by" and "by" not in [p for p, _ in places]):
            continue
        others = {p for p, t in places if t == target and target}
        if not target or (target.endswith("…") and _follows(pointer, target.removesuffix(" …"), case.held)):
            continue
        if pointer in POINTERS or others & POINTERS:
            return f"the evidence does not say “{pointer} {target}”"
    return None


def _follows(pointer: str, before: str, held: Sequence[Word]) -> bool:
    """Whether the pointer stands behind that telling word in the evidence."""
    places = [n for n, w in enumerate(held) if w.text == pointer]
    return any(next((w.stem for w in reversed(held[:n]) if w.kind != "function"), "") == before for n in places)


def _pointed(words: Sequence[Word]) -> set[tuple[str, str]]:
    """Each preposition with the next telling word; at the end of a part ("57 against"), with the word before it."""
    pairs = set()
    for n, word in enumerate(words):
        if word.text in PREPOSITIONS:
            own = [w for w in words[n + 1 : n + 4] if w.segment == word.segment]
            after = [_with_its_letter(own[m:]) for m, w in enumerate(own) if w.kind != "function"]
            before = [w.stem for w in words[:n] if w.kind != "function" and w.segment == word.segment]
            pairs.add((word.text, after[0] if after else f"{before[-1]} …" if before else ""))
    return pairs


def _with_its_letter(words: Sequence[Word]) -> str:
    """The first word, with the letter right behind it that tells it from its likes ("stretch D")."""
    letter = next((w.text for w in words[1:2] if len(w.text) == 1 and w.text.isalpha()), "")
    return f"{words[0].stem} {letter}".rstrip()


def misjoined(case: Case) -> str | None:
    """The words must be joined as in the evidence; a number may come with words of the question instead of its own."""
    if case.verbatim or not disordered(case.said, case.held):
        return None
    if any(w.kind == "number" for w in case.said):
        names = {w.stem for w in (*case.asked, *case.held) if w.kind == "name"}
        restated = stems(case.asked) - names
        kept = [
            w
            for n, w in enumerate(case.said)
            if w.kind != "content" or w.stem not in restated or (n and case.said[n - 1].kind == "number")
        ]
        if not disordered(kept, case.held):
            return None
    return "the draft joins words that the evidence does not join"
