"""Families of English words that say the opposite of each other, or make a fact likely, allowed, due or planned."""

from index.words import stem

# Words of one line before and after the bar say the opposite of each other.
_OPPOSITES = (
    "open|closed shut;allowed permitted welcome allow permit|forbidden banned prohibited forbid ban prohibit;rise"
    " rose increase up|fall fell decrease down;win won|lose lost;accept accepted approve approved|reject rejected"
    " decline declined refuse refused;early|late;before|after;more|fewer less;most|least;same|different;cheap "
    "cheaper|dear dearer expensive;included include includes|excluded exclude excludes;compulsory mandatory|"
    "optional voluntary;hurt injured|unhurt uninjured unharmed;high higher highest|low lower lowest;first|last;"
    "inside|outside;keep kept stay|leave left;safe|unsafe dangerous;begin begun start|end ended stop stopped;"
    "present|absent;possible|impossible;able|unable;on|off;for|against;above|below;over|under;with|without;"
    "within|beyond;long longer|short shorter;large larger big bigger|small smaller;best|worst;better|worse;north|"
    "south;east|west;married|unmarried;clear|unclear"
)
# What makes a fact likely, allowed, due or planned. Words of one line say the same.
_MODAL_LINES = (
    "could might possibly perhaps|may|can|would will shall|should|must compulsory|if provided|likely probably|unlikely"
    "|allegedly alleged|expect hope intend plan|usual often normal|always|propose suggest"
)
_SIDES = [
    [{stem(w) for w in side.split()} | {*side.split()} for side in pair.split("|")] for pair in _OPPOSITES.split(";")
]
_MODALS = {stem(word): line.split()[0] for line in _MODAL_LINES.split("|") for word in line.split()}


def modal(root: str) -> str:
    """The kind of modality of a stem, by its first word; empty for none."""
    return _MODALS.get(root, "")


def opposites(word: str) -> set[str]:
    """The stems that say the opposite of this stem."""
    return {other for sides in _SIDES for k in (0, 1) if word in sides[k] for other in sides[1 - k]}
