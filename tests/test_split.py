"""Sentences and passages: exact spans that hold the whole text, whatever the text."""

import random
import time

import pytest

from index.split import TARGET, passages, sentences
from index.types import Document
from tests.standins_index import HashEncoder

ENCODER = HashEncoder(max_tokens=256)


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def assert_holds_all(text: str, spans: list[tuple[int, int]]) -> None:
    """Every character that is not white space is in exactly one span, and spans begin and end with such a one."""
    covered = 0
    for start, end in spans:
        assert start >= covered and not text[covered:start].strip(), text[covered:start]
        assert text[start:end] == text[start:end].strip() != ""
        covered = end
    assert not text[covered:].strip()


@pytest.mark.parametrize(
    "parts",
    [
        ["Dr. Smith met J. K. Rowling at 3.5 p.m. in Washington.", "He left."],
        ["“He left.”", "“Why?” she asked.", "It cost $3.50."],
        ["The U.S. Army came.", "He lives in the U.S.", "It is big."],
        ["See Fig. 3 and No. 5 of vol. 2.", "Next one, e.g. this, i.e. that, is fine."],
        ['"Stop!" he cried.', '"I won\'t."', "Then he left."],
        ["He was born on Jan. 5, 1900 in St. Louis, Mo. and died in Feb. 1950.", "She did not."],
        ["Visit example.com.", "Then www.foo.org/bar.html.", "Version 1.2.3 is out.", "Node.js is nice."],
        ["See https://x.com/a?b=1&c=2!x for System.Out.Println and a.B.C now.", "Write to Foo.Bar@x.Com please."],
        ["Smith et al. (2004) found this.", "Jones vs. Brown is cited at pp. 3-5."],
        ["He said hello (and left. Nobody saw.) and then he returned.", "Yes."],
        ["He works at Acme Inc.", "They like him.", "Acme Inc. bought it."],
        ["It happened at 5 p.m.", "Everyone left."],
        ["Mr. and Mrs. Jones, Ph.D., came.", "Gen. Lee, Lt. Col. Fox, and Sen. Warren spoke."],
        ["J. R. R. Tolkien wrote it.", "George W. Bush was president."],
        ["The meeting took place approx. 3 hrs. after noon.", "Good."],
        ["1. First item.", "2. Second item."],
        ["Er kam am 3. Oktober.", "Das ist z.B. gut."],
        ["これは文です。", "次の文です。"],
        ["The price rose by 3.5 percent.", "It fell."],
    ],
)
def test_tricky_sentences(parts: list[str]) -> None:
    text = " ".join(parts)
    assert split(text) == parts


def test_two_sentences_without_a_space_between_them() -> None:
    assert split("It rose by 3 percent.The next one follows.") == ["It rose by 3 percent.", "The next one follows."]


def test_wrapped_lines_are_one_sentence() -> None:
    text = "This sentence goes on from the first of its lines to the second one\nand ends there. The next\nis short."
    assert split(text) == [
        "This sentence goes on from the first of its lines to the second one\nand ends there.",
        "The next\nis short.",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["# A title without a full stop", "The text below it starts here."],
        ["- one item", "- another item.", "* a third"],
        ["1. Number one", "2. Number two"],
        ["Name | Price", "Tea | 2 EUR. Cheap"],
        ["Name\tPrice", "Tea\t2 EUR"],
        ["2024-01-02 10:00:01 INFO started", "2024-01-02 10:00:02 ERROR failed. Retrying"],
        ["Jan  2 10:00:01 host app: started", "Jan  2 10:00:02 host app: stopped"],
        ["From: Anna <a@b.c>", "To: Bob", "Subject: Hello there. Please read"],
        ["**Patient:** Ann", "**Admitted:** 3 February **Left:** 9 February", "**Ward:** 4B"],
        ["Name: Ann", "Born in: 1990", "Home town: Ulm"],
        ["Sat 14 Mar  day trip to Sintra, train 09:11 from Rossio", "Sunday: flight home, lands 20:20 at terminal two"],
        ["12 June: annual meeting, 19:00, in the hall", "28 June: final payment", "3rd July: the fair, all day"],
        ["9.30 Doors open, coffee is served in the hall", "10:15 Opening words by the chair", "16:00 End"],
        ["John Smith", "12 Main Street", "London"],
        ["name,age,town", "Ann,33,Ulm", "Bob,44,Bonn"],
    ],
)
def test_lines_that_are_sentences_of_their_own(lines: list[str]) -> None:
    assert split("\n".join(lines)) == lines


def test_a_sentence_never_crosses_a_blank_line() -> None:
    assert split("it goes on and\n\non here") == ["it goes on and", "on here"]
    assert split("it goes on and\n \t\non here") == ["it goes on and", "on here"]


def test_lines_of_code_are_kept_apart() -> None:
    assert split("```python\nx = 1\ny = x. z\n```")[:2] == ["```python", "x = 1"]


def test_spans_hold_all_of_a_random_text() -> None:
    pieces = ["a", "Bc. ", "\n", "\n\n", " ", "\t", "“", "”", '"', "(", ")", "1. ", "- ", "| ", "文。", "é", "́", "😀"]
    pieces += ["# ", "Key: v", "```", "\r\n", "\x0b", "\u2028", "A. B. ", "…", "word " * 40, ".", "?", "\u200b", "\xa0"]
    for seed in range(300):
        dice = random.Random(seed)
        text = "".join(dice.choice(pieces) for _ in range(dice.randrange(1, 120)))
        assert_holds_all(text, sentences(text))
        pages = tuple(sorted({0, *(dice.randrange(len(text)) for _ in range(dice.randrange(3)))}))
        found = passages(Document("x", text, pages), ENCODER.count_tokens, 20)
        assert_holds_all(text, [span for passage in found for span in passage.sentences])


def check_passages(document: Document, limit: int, encoder: HashEncoder = ENCODER) -> list[str]:
    found = passages(document, encoder.count_tokens, limit)
    for passage in found:
        assert passage.text == document.text[passage.start : passage.end]
        assert (passage.start, passage.end) == (passage.sentences[0][0], passage.sentences[-1][1])
        assert passage.page == document.page_of(passage.start) == document.page_of(passage.end - 1)
        assert encoder.count_tokens([passage.text])[0] <= limit
    assert_holds_all(document.text, [span for passage in found for span in passage.sentences])
    return [passage.text for passage in found]


def test_passages_are_filled_with_whole_sentences() -> None:
    text = " ".join(f"Sentence number {n} is about as long as the others are." for n in range(100))
    found = check_passages(Document("x", text), 256)
    assert all(len(passage) <= TARGET and passage.endswith(".") for passage in found)
    assert all(len(passage) > TARGET - 100 for passage in found[:-1])


def test_a_passage_stays_within_the_word_pieces_of_the_embedder() -> None:
    text = "One two three four five six seven eight. " * 50
    assert len(check_passages(Document("x", text), 30)) == 17  # of three sentences: 27 pieces and two special ones


def test_a_passage_never_crosses_a_page() -> None:
    text = "The first page ends within a sen\n\ntence. The second has more.\n\nThe third."
    document = Document("x", text, (0, text.index("tence"), text.index("The third")))
    found = check_passages(document, 256)
    assert found == ["The first page ends within a sen", "tence. The second has more.", "The third."]
    assert [p.page for p in passages(document, ENCODER.count_tokens, 256)] == [1, 2, 3]


def test_pages_without_text_are_counted() -> None:
    document = Document("x", "One.\n\nFour.", (0, 6, 6, 6))
    check_passages(document, 256)
    assert [p.page for p in passages(document, ENCODER.count_tokens, 256)] == [1, 4]


def test_a_passage_begins_at_a_heading() -> None:
    text = "# One\n\n## Two\n\nText of two. More of it.\n\n## Three\n\nText of three."
    assert check_passages(Document("x", text), 256) == [
        text[: text.index("## Three")].strip(),
        "## Three\n\nText of three.",
    ]


def test_a_title_in_plain_text_heads_its_passage() -> None:
    text = (
        "The first part of the story ends here.\n\nReturning goods\n\nYou may return it within thirty days of buying."
    )
    assert check_passages(Document("x", text), 256)[1].startswith("Returning goods")


def test_a_time_in_running_text_opens_no_line_of_its_own() -> None:
    text = "The train to the coast leaves from platform four at half past or at\n09:30 on weekdays, on Sunday later."
    assert sentences(text) == [(0, len(text))]


@pytest.mark.parametrize("unit", ["word " * 7, "x", "文", "“ ", "a. ", "é, "])
def test_a_sentence_over_the_limit_is_cut(unit: str) -> None:
    found = check_passages(Document("x", unit * 3000), 50)
    assert len(found) > 5
    if unit.startswith("word"):
        assert all(set(passage.split()) == {"word"} for passage in found)


def test_no_text_gives_no_passages() -> None:
    assert passages(Document("x", " \n\t "), ENCODER.count_tokens, 256) == []
    assert sentences("") == []


@pytest.mark.parametrize(
    "unit", ["x", "word ", "“ ", "ab. ", "文。", "a\n", "- a\n", "a | b\n", "A b\n\n", "“a. b ", "(a. "]
)
def test_time_grows_with_the_length_and_not_faster(unit: str) -> None:
    """Eight times the text takes eight times as long; 32 is allowed for a busy machine, quadratic would be 64."""

    def seconds(length: int) -> float:
        document = Document("x", unit * (length // len(unit)))
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            passages(document, ENCODER.count_tokens, 256)
            best = min(best, time.process_time() - start)
        return best

    seconds(1000)
    short, long = seconds(10_000), seconds(80_000)
    assert long < 32 * short + 0.05
