"""Makes again what another embedder or another version of the code made, so that the two are never mixed."""

from contextlib import suppress
from typing import TYPE_CHECKING

from index.catalogue import Catalogue
from index.entries import entries_of
from index.marks import marks_of, version
from index.mend import Tell
from index.vectors import VectorFault, Vectors

if TYPE_CHECKING:
    from index.embed import Encoder


def renew(catalogue: Catalogue, vectors: Vectors, encoder: "Encoder", tell: Tell) -> None:
    """Bring the catalogue in agreement with the encoder and the code; the vector store is left to be mended.

    Call it with the write lock held. `tell` hears of what takes long.
    """
    name, dimension = catalogue.fact("embedder"), catalogue.fact("dimension")
    if (name, dimension) != (encoder.name, str(encoder.dimension)):
        if infos := catalogue.documents():
            tell(f"the embedder is now {encoder.name}, was {name}: embedding {len(infos)} documents again")
        held = ((info.id, catalogue.document(info.id)) for info in infos)
        again = ((known, entries_of(document, encoder)) for known, document in held if document)
        catalogue.replace_passages(encoder.name, encoder.dimension, again)
        with suppress(VectorFault):  # it is mended later
            vectors.reset()
    if catalogue.fact("marks") != version():
        if count := catalogue.totals()[0]:
            tell(f"marking the sentences of {count} passages, which this version does in another way")
        catalogue.mark_again(version(), marks_of)
