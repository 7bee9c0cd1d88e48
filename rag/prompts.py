"""Every word that is said to a model, and the one sentence that refuses."""

from collections.abc import Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from rag.types import Turn

REFUSAL = "The documents do not say."

READ = "Answer each question in the words of its text, as shortly as possible."

# Made-up facts, one of each kind of question, so that a base model sees the form and has nothing to copy.
EXAMPLES = (
    (
        "Marta Olsen opened the bakery in Bergen in 1987. It sold only rye bread at first.",
        "When was the bakery opened?",
        "in 1987",
    ),
    (
        "The new bridge is 412 metres long. It was built by Kessler and cost 9 million euros.",
        "How much was paid for the bridge?",
        "9 million euros",
    ),
    (
        "The library closes at six on weekdays because of a lack of staff. It stays open until nine on Thursdays.",
        "Why does the library shut early on most days?",
        "because of a lack of staff",
    ),
    (
        "Finland and Estonia signed the treaty on 4 May. Latvia has not signed it yet.",
        "Which countries signed the treaty?",
        "Finland and Estonia",
    ),
    (
        "The film was shot in Malta over eleven weeks. Its director, Ines Roy, also wrote the music.",
        "who composed the score",
        "Ines Roy",
    ),
    (
        "A tor is a bare rock on top of a hill. Climbers love the tors of Dartmoor.",
        "What does the word tor mean?",
        "a bare rock on top of a hill",
    ),
)

# What a model says that was taught to read (evals/adapter_train.py), when the text does not answer.
UNKNOWN = "unknown"

# How much of a conversation is read to make a follow-up stand alone: the last turns, so many characters of each.
TURNS_SAID, MOST_SAID = 4, 240
SPEAKERS = {"user": "Question", "assistant": "Answer"}

# A draft is one line; what a base model writes after it would be its next example.
STOP = ("\n",)


def reading(evidence: Sequence[str], question: str) -> list[BaseMessage]:
    """The prompt that asks for an answer from these sentences; what never changes comes first and is computed once."""
    messages: list[BaseMessage] = [SystemMessage(READ)]
    for text, asked, answered in EXAMPLES:
        messages += [HumanMessage(_case(text, asked)), AIMessage(answered)]
    return [*messages, HumanMessage(_case(" ".join(evidence), question))]


def taught(text: str, question: str) -> list[BaseMessage]:
    """The prompt for a model that was taught this form: nothing needs to be explained or shown."""
    return [HumanMessage(_case(text, question))]


def alone(sentence: str, question: str) -> list[BaseMessage]:
    """The prompt for a taught model to read one sentence; the question comes first, so that it is read once for all."""
    return [HumanMessage(f"Question: {_one_line(question)}\nText: {_one_line(sentence)}\nAnswer:")]


def rewriting(history: Sequence[Turn], question: str) -> list[BaseMessage]:
    """The prompt for a taught model to make a follow-up question stand alone, after the last turns before it."""
    said = [(SPEAKERS[turn.role], _one_line(turn.read)[:MOST_SAID]) for turn in history[-TURNS_SAID:]]
    lines = "".join(f"{speaker}: {text}\n" for speaker, text in said)
    return [HumanMessage(f"{lines}Follow-up: {_one_line(question)}\nStand-alone:")]


def _case(text: str, question: str) -> str:
    return f"Text: {_one_line(text)}\nQuestion: {_one_line(question)}\nAnswer:"


def _one_line(text: str) -> str:
    """A document's or a person's words may not open a line of their own: lines are the form of the prompt."""
    return " ".join(text.split())
