"""Features and ranking of sentences on pools small enough to reason about."""

import numpy as np

from index.features import FEATURES, describe
from index.marks import marks_of
from index.pool import Pool, Query
from index.ranking import AROUND, HEAD, in_order, learned_weights, rank_sentences
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


def pool_of(text: str, question: str) -> tuple[Pool, Query]:
    encoder = HashEncoder()
    found = passages(Document("/notes/ossel-lakes.md", text), encoder.count_tokens, encoder.max_tokens)
    marks, wanted = [marks_of(passage) for passage in found], tuple(terms(question))
    bags = [{term for words in each.terms for term in words} for each in marks]
    frequencies = {term: sum(term in bag for bag in bags) for term in wanted}
    sentences = [text[a:b] for passage in found for a, b in passage.sentences]
    vectors = encoder.encode([passage.text for passage in found]), encoder.encode(sentences)
    return Pool(found, marks, *vectors, frequencies, len(found) + 20), Query(
        question, encoder.encode([question])[0], wanted
    )


TRAIL = """The Ossel Lakes Trail is a loop of 33 km. The Ossel Lakes Trail has huts. The Ossel Lakes Trail is marked.

It was designed in 1978 by Hanna Prell. The Ossel Lakes Trail runs past Ossel Pass. All love the Ossel Lakes Trail."""


def column(name: str, question: str, text: str = TRAIL) -> list[float]:
    pool, query = pool_of(text, question)
    values: list[float] = describe(query, pool)[:, FEATURES.index(name)].tolist()
    return values


def test_within_a_document_what_is_asked_counts_more_than_the_subject_of_all_of_it() -> None:
    question = "Who designed the Ossel Lakes Trail?"
    plain, local = column("coverage", question), column("local coverage", question)
    assert plain[0] > plain[3], "the subject's words are most of the question"
    assert local[3] > local[0], "but everything there is about them"
    assert column("coverage besides the title", question)[1:] == [0, 0, 1, 0, 0]


def test_a_question_that_names_the_title_alone_leaves_nothing_to_cover() -> None:
    assert column("coverage besides the title", "Ossel Lakes Trail?")[1:] == [0] * 5


def test_the_sentence_that_opens_a_document_may_be_the_answer_unless_it_is_a_title() -> None:
    assert column("coverage besides the title", "Ossel Lakes Trail?")[0] == 1
    assert column("coverage besides the title", "Ossel Lakes Trail?", f"# Ossel Lakes Trail\n\n{TRAIL}")[:2] == [0, 0]


def test_to_repeat_the_question_is_no_new_number_and_no_new_name() -> None:
    assert column("asked for numbers, a new one", "How many came in 1978?") == [1, 0, 0, 0, 0, 0]
    assert column("asked for numbers, a new one", "Why in 1978?") == [0] * 6
    assert column("asked who, a new name", "Who designed the Ossel Lakes Trail?") == [0, 0, 0, 1, 0, 0]
    assert column("asked who, a new name", "Who is Hanna Prell of Ossel Pass and Lakes?") == [0] * 6
    assert column("asked who, a new name", "When was it designed?") == [0] * 6


def test_how_far_a_sentence_stays_behind_its_documents_best() -> None:
    behind = column("dense behind the document's best", "Who designed the Ossel Lakes Trail?")
    assert max(behind) == 0 and min(behind) < 0


def test_after_the_head_passages_count_double_and_scores_still_fall() -> None:
    rows = HEAD + 4
    table, scores = np.zeros((rows, len(FEATURES))), np.arange(rows, 0.0, -1.0)
    table[-1, FEATURES.index(AROUND[0])] = 50.0
    table[0, FEATURES.index(AROUND[1])] = -50.0
    ordered = in_order(scores, table)
    assert ordered[:HEAD].tolist() == scores[:HEAD].tolist()
    assert np.argsort(-ordered, kind="stable").tolist() == [*range(HEAD), rows - 1, *range(HEAD, rows - 1)]
    assert ordered[HEAD:].max() <= ordered[:HEAD].min()
    assert in_order(scores[:3], table[:3]).tolist() == scores[:3].tolist()


def test_titles_and_rows() -> None:
    assert is_title("# Opening hours")
    assert is_title("Opening hours")
    assert not is_title("The museum opens at nine.")
    assert is_row("| Adult | 8 |")
    assert not is_row("Adults pay 8 euros.")
