"""Features and ranking of sentences on pools small enough to reason about."""

import numpy as np

from index.features import FEATURES, describe
from index.marks import marks_of
from index.pool import Pool, Query
from index.ranking import learned_weights, rank_sentences
from index.split import passages
from index.traits import KINDS, asked, is_row, is_title, offered
from index.types import Document
from index.words import terms
from tests.standins_index import HashEncoder

TEXT = """# Opening hours

The museum opens at nine on weekdays. It closes on Mondays because staff are few.

# Prices

Adults pay 8 euros. The ticket was designed by Ines Roy."""


def pool_and_query(question: str) -> tuple[Pool, Query]:
    encoder = HashEncoder()
    document = Document("/notes/museum.md", TEXT)
    found = passages(document, encoder.count_tokens, encoder.max_tokens)
    sentences = [TEXT[a:b] for passage in found for a, b in passage.sentences]
    wanted = tuple(terms(question))
    bags = [set(terms(passage.text)) for passage in found]
    frequencies = {term: sum(term in bag for bag in bags) for term in wanted}
    vectors = encoder.encode([passage.text for passage in found])
    pool = Pool(
        found, [marks_of(passage) for passage in found], vectors, encoder.encode(sentences), frequencies, len(found)
    )
    return pool, Query(question, encoder.encode([question])[0], wanted)


def test_one_row_for_each_sentence_and_one_column_for_each_feature() -> None:
    pool, query = pool_and_query("When does the museum open?")
    table = describe(query, pool)
    assert table.shape == (sum(len(p.sentences) for p in pool.passages), len(FEATURES))
    assert np.isfinite(table).all()


def test_coverage_is_the_share_of_what_was_asked() -> None:
    pool, query = pool_and_query("museum opens weekdays")
    table = describe(query, pool)
    column = table[:, FEATURES.index("coverage")]
    assert column.max() == 1.0
    assert column.min() == 0.0


def test_a_question_of_common_words_alone_covers_nothing() -> None:
    pool, query = pool_and_query("What is it?")
    table = describe(query, pool)
    assert query.terms == () and np.isfinite(table).all()
    assert not table[:, [FEATURES.index(name) for name in FEATURES if "coverage" in name or "bm25" in name]].any()


def test_what_stands_above_a_sentence_counts_for_it() -> None:
    pool, query = pool_and_query("Prices for adults?")
    table = describe(query, pool)
    texts = [TEXT[a:b] for passage in pool.passages for a, b in passage.sentences]
    row = texts.index("Adults pay 8 euros.")
    own, above = (table[row, FEATURES.index(name)] for name in ("coverage", "coverage with what stands above"))
    assert 0 < own < above == 1.0


def test_the_answering_sentence_wins_over_the_heading() -> None:
    for question, wanted in (
        ("When does the museum open on weekdays?", "The museum opens at nine on weekdays."),
        ("Why does it close on Mondays?", "It closes on Mondays because staff are few."),
        ("Who designed the ticket?", "The ticket was designed by Ines Roy."),
    ):
        pool, query = pool_and_query(question)
        best = rank_sentences(query, pool, learned_weights())[0]
        assert best.text == wanted
        assert best.passage.text[best.start - best.passage.start : best.end - best.passage.start] == wanted


def test_kinds_of_questions_and_sentences() -> None:
    names = list(KINDS)

    def kinds(flags: tuple[bool, ...]) -> set[str]:
        return {name for name, flag in zip(names, flags, strict=True) if flag}

    assert kinds(asked("When did it open?")) == {"when"}
    assert kinds(asked("How many troops are there?")) == {"how many"}
    assert "why" in kinds(offered("It closed because staff were few."))
    assert "who" in kinds(offered("Then Ines Roy left."))
    assert "who" not in kinds(offered("Then everybody left."))
    assert "who" not in kinds(offered('Then it ended. Everybody left; "Nobody cares", said one.'))
    assert {"when", "how many", "how long"} <= kinds(offered("FROM MAY ON, TWO DAYS A WEEK"))


def test_titles_and_rows() -> None:
    assert is_title("# Opening hours")
    assert is_title("Opening hours")
    assert not is_title("The museum opens at nine.")
    assert is_row("| Adult | 8 |")
    assert not is_row("Adults pay 8 euros.")
