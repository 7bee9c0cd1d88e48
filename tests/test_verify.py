"""What a draft may say: true ones pass, the same with one thing altered do not."""

import pytest

from evals.attacks import PARTS, accepted, made, written
from evals.cases import SPLITS
from index.loaders import load
from index.settings import ROOT
from rag.claims import read
from rag.verify import is_yes_no, judge
from rag.yes_no import decide
from tests.standins_rag import evidence

SENTENCE = "Pentagon spokesperson John Kirby said on 3 May that 3,000 troops would go to Poland."
DENIAL = "Mr Kirby said that the 500 soldiers of the brigade would not be fighting in Ukraine."
OWNER = "Chancellor Olaf Scholz’s spokesperson spoke of preventing a war."
OTHER = "Marta Olsen opened the bakery in Bergen in 1987 because rents were low."


@pytest.mark.parametrize(
    ("draft", "question"),
    [
        ("John Kirby", "Who is the Pentagon spokesperson?"),
        ("john kirby.", "Who is the Pentagon spokesperson?"),
        ("Marta Olsen", "Who opened the bakery?"),
        ("in 1987", "When did the bakery open?"),
        ("because rents were low", "Why did she open it in Bergen?"),
        ("Marta Olsen opened the bakery in 1987.", "Who opened the bakery, and when?"),
        ("3000 troops would go to Poland", "What did Kirby say?"),
        ("They would not be fighting", "What did Kirby say of the soldiers?"),
    ],
)
def test_true_drafts_are_accepted_and_name_their_support(draft: str, question: str) -> None:
    judgement = judge(draft, question, evidence(SENTENCE, OTHER, DENIAL, OWNER))
    assert judgement.accepted, judgement.reason
    assert judgement.support is not None


@pytest.mark.parametrize(
    ("draft", "question", "why"),
    [
        ("in 1988", "When did the bakery open?", "number"),
        ("4,000 troops would go to Poland", "What did Kirby say?", "number"),
        ("the baker Karl Olsen", "Who opened the bakery?", "name"),
        ("The soldiers would be fighting in Ukraine", "What did Kirby say?", "negation"),
        ("the soldiers of the brigade", "Who will fight in Ukraine?", "negation"),
        ("Marta Olsen did not open the bakery", "Who opened the bakery?", "negation"),
        ("Marta Olsen could open the bakery in 1987", "Who opened the bakery?", "condition"),
        ("because taxes were low", "Why did she open it in Bergen?", "does not hold"),
        ("John Kirby", "When did the bakery open?", "asks when"),
        ("the bakery", "When did the bakery open?", "repeats"),
        ("Olaf Scholz", "Who spoke of war?", "owner"),
        ("yes", "Did Marta open the bakery?", "yes or no"),
        ("", "Who opened the bakery?", "empty"),
    ],
)
def test_altered_drafts_are_rejected_with_the_reason(draft: str, question: str, why: str) -> None:
    judgement = judge(draft, question, evidence(SENTENCE, OTHER, DENIAL, OWNER))
    assert not judgement.accepted
    assert judgement.support is None
    assert why in judgement.reason


def test_the_date_of_a_line_of_a_log_and_the_code_of_a_thing_are_no_other_figures() -> None:
    line = evidence("2024-07-02 18:12:00 MA Drone seen above Stand B, height about 60 m, coming from the east.")
    assert judge("about 60 m", "How high did the drone fly?", line).accepted
    assert not judge("about 70 m", "How high did the drone fly?", line).accepted
    shelf = evidence("HF-1844 has stood on shelf 3 since 2012.")
    assert judge("on shelf 3", "Where is HF-1844?", shelf).accepted
    assert not judge("on shelf 3", "Where is HF-1921?", shelf).accepted


def test_what_a_sentence_concedes_first_denies_nothing_of_the_rest() -> None:
    told = evidence("While Norland has not disclosed the number, the mayor said 300 soldiers were sent.")
    assert judge("300", "How many soldiers were sent?", told).accepted
    assert not judge("Norland has disclosed the number", "What has Norland done?", told).accepted


def test_an_owner_is_an_answer_where_the_question_asks_for_the_owner() -> None:
    told = evidence("Chancellor Olaf Scholz’s spokesperson spoke of war.")
    assert judge("Olaf Scholz", "Who is the Chancellor?", told).accepted
    assert judge("Olaf Scholz", "Whose spokesperson spoke of war?", told).accepted
    assert not judge("Olaf Scholz", "Who spoke of war?", told).accepted


def test_a_draft_cannot_mix_two_pieces_of_evidence() -> None:
    assert not judge(
        "John Kirby opened the bakery in 1987", "Who did what?", evidence(SENTENCE, OTHER, DENIAL, OWNER)
    ).accepted


def test_yes_no_questions() -> None:
    assert is_yes_no("Did the US send troops?")
    assert is_yes_no("and is it open?")
    assert not is_yes_no("Who did it?")


SPLIT_VALUES = "We welcomed 58,412 visitors, against 31,870 in 2021."
OFFERS = "Two offers came: Callbridge at £1,140 a month and Ostrel Voice at £985 a month."
PASSIVE = "The route was laid out in 1934 by Matej Horvin for the Alpine Club."
LIMIT = "Delivery is free within 12 miles and costs £7.50 beyond that."
ONLY = "Swimming is permitted in Lower Ossel only."
EXPECTED = "The council expects the harbour to support 220 jobs once the work is over, against 165 today."
CONDITION = "The league gives a grant of 40% if the order is placed by 31 May 2023."
CLAUSES = "The restaurants receive their order by 10.30 a.m.; Jasper Quill drives the van."
TRIAL = "Sprinklers failed: at Upper Wend because the pond had run dry, and at Crookhorn because a filter was blocked."


@pytest.mark.parametrize(
    ("draft", "question", "sentence"),
    [
        ("31870", "How many visitors came in 2021?", SPLIT_VALUES),
        ("Ostrel Voice at 985 pounds a month", "What did the dearer one not beat?", OFFERS),
        ("Matej Horvin laid out the route in 1934.", "Who laid out the route?", PASSIVE),
        ("In 1934 the route was laid out by Matej Horvin.", "Who laid out the route?", PASSIVE),
        ("a grant of 40 per cent", "What does the league give?", CONDITION),
        ("the  ROUTE was laid out in 1934", "When was the route laid out?", PASSIVE),
        ("laid out in 1934 by Matej Hor-\nvin", "Who planned the route?", PASSIVE.replace("Horvin", "Horvin")),
        ("because a filter was blocked", "Why did the sprinklers at Crookhorn fail?", TRIAL),
        ("No, delivery is not free.", "Is delivery free?", "Delivery is not free."),
        ("Yes: Marta Olsen opened the bakery in Bergen", "Did Marta Olsen open the bakery in Bergen?", OTHER),
    ],
)
def test_other_forms_of_the_same_are_accepted(draft: str, question: str, sentence: str) -> None:
    judgement = judge(draft, question, evidence(sentence))
    assert judgement.accepted, judgement.reason


@pytest.mark.parametrize(
    ("draft", "question", "sentence", "why"),
    [
        ("58,412", "How many visitors came in 2021?", SPLIT_VALUES, "31870 of that"),
        ("Callbridge at £985 a month", "What was offered?", OFFERS, "joins"),
        ("£985 a month", "What did Callbridge ask for?", OFFERS, "1140 of that"),
        ("£1,140 a year", "What did Callbridge ask for?", OFFERS, "number or unit"),
        ("1,140 euros a month", "What did Callbridge ask for?", OFFERS, "number or unit"),
        ("The Alpine Club laid out the route in 1934.", "Who laid out the route?", PASSIVE, "joins"),
        ("Delivery is free beyond 12 miles.", "What does delivery cost?", LIMIT, "beyond"),
        ("Swimming is permitted in Lower Ossel.", "Where may I swim?", ONLY, "limit"),
        ("Swimming is forbidden in Lower Ossel only.", "Where may I not swim?", ONLY, "does not hold"),
        ("The harbour supports 220 jobs once the work is over.", "How many jobs?", EXPECTED, "condition"),
        ("The league gives a grant of 40%.", "What does the league give?", CONDITION, "condition"),
        ("the restaurants", "Who drives the van?", CLAUSES, "something else"),
        ("because the pond had run dry", "Why did the sprinklers at Crookhorn fail?", TRIAL, "says that of"),
        ("in 1934", "How many people laid out the route?", PASSIVE, "asks how many"),
        ("3,000 troops", "How many metres is it?", "3,000 troops stood 40 m away.", "asks for m"),
        ("in 1934", "When was the route of 2019 laid out?", PASSIVE, "asks of 2019"),
        ("six warships", "How many planes came?", "Russia sent six warships.", "how many planes"),
        ("up to 10 users", "How many users does the R310 take?", "The R330 takes up to 10 users.", "r310"),
        ("on 30 June", "Who succeeded her?", "Beatrix Solano retired on 30 June.", "who"),
        ("Yes, delivery is not free.", "Is delivery free?", "Delivery is not free.", "yes or no"),
        ("yes", "Is delivery free?", "Delivery is not free.", "yes or no"),
    ],
)
def test_what_says_or_answers_something_else_is_rejected(draft: str, question: str, sentence: str, why: str) -> None:
    judgement = judge(draft, question, evidence(sentence))
    assert not judgement.accepted
    assert why in judgement.reason


def test_words_are_read_in_one_form() -> None:
    read_ = [(word.text, word.unit) for word in read("Twenty-six ﬁsh, “14 kilo-\ngrams” at minus 5 °C on 3 May")]
    assert read_ == [
        ("26", ""), ("fish", ""), ("14", "kg"), ("at", ""), ("minus5", "°c"), ("on", ""), ("3", "may")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "sentence", "answer"),
    [
        ("Are peanuts brought into the building?", "Peanuts are never brought into the building.", "no"),
        ("Are dogs allowed on the trail?", "Dogs are welcome on the trail.", "yes"),
        ("Is the terrace open in winter?", "The terrace is closed in winter.", "no"),
        ("Do you have interpreters?", "Yes, free of charge, by telephone.", "yes"),
        ("Are you open on a bank holiday Monday?", "Monday: closed, except on bank holidays.", "yes"),
        ("Has the film found a distributor?", "The film has yet to find a distributor.", "no"),
        ("Should wool be woven damp?", "Linen should be woven damp; wool and silk should not.", None),
        ("Can I swim in Mirror Tarn?", "Swimming is permitted in Lower Ossel only.", None),
        ("Did it rain in Rome?", "The bakery opened in 1987.", None),
        ("Can we keep a dog?", "We would like to keep a dog, a spaniel.", None),
        ("Did they ask for a lift?", "They asked for a lift.", "yes"),
    ],
)
def test_yes_or_no_is_decided_only_where_it_is_sure(question: str, sentence: str, answer: str | None) -> None:
    assert decide(question, sentence) == answer


def test_a_yes_to_a_question_that_names_nothing_is_not_borne_out() -> None:
    judgement = judge("yes, it is allowed", "Is it allowed?", evidence("It is allowed here."))
    assert not judgement.accepted
    assert "yes or no" in judgement.reason


@pytest.mark.parametrize("part", PARTS)
def test_the_attacks_rest_on_the_words_of_the_documents(part: str) -> None:
    seen = {"tuned": ("train", "dev"), "heldout": ("test", "seed"), "later": ("dev", "test")}
    topics = {topic for split in seen[part] for topic in SPLITS[split]}
    texts: dict[str, str] = {}
    for attack in written(part):
        assert attack.id.split("-")[0] in topics
        path = ROOT / "evals" / "documents" / attack.source
        text = texts.setdefault(attack.source, load(path if path.exists() else ROOT / "seeds" / attack.source)[0].text)
        assert all(sentence in text for sentence in attack.evidence), attack.id


def test_hardly_an_altered_draft_passes_and_hardly_a_true_one_fails() -> None:
    attacks = written("tuned")
    altered = [attack for attack in attacks if not attack.true] + made(attacks)
    true = [attack for attack in attacks if attack.true]
    assert sum(map(accepted, altered)) <= 0.01 * len(altered)
    assert sum(map(accepted, true)) >= 0.97 * len(true)


def test_a_wish_says_neither_yes_nor_no() -> None:
    wish = "We would like to keep a dog."
    for said in ("Yes", "No"):
        assert not judge(f"{said}: {wish}", "Can we keep a dog?", evidence(wish)).accepted


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Does the Landlord pay for small repairs?", "Small repairs up to £90 each are paid by the Tenant."),
        ("Does the landlord pay for small repairs?", "Small repairs up to £90 each are paid by the tenant."),
        (
            "Has the expansion tank been replaced?",
            "He replaced the pump but says the expansion tank will have to be changed before the winter.",
        ),
    ],
)
def test_yes_needs_the_one_who_does_it_and_that_it_is_so_now(question: str, sentence: str) -> None:
    assert not judge(f"Yes: {sentence}", question, evidence(sentence)).accepted


@pytest.mark.parametrize(
    ("draft", "question", "sentence", "accepted"),
    [
        ("£68", "How much is the yearly fee?", "Piet proposed to raise the yearly fee from £62 to £68.", False),
        ("£68", "What fee did Piet propose?", "Piet proposed to raise the yearly fee from £62 to £68.", True),
        ("Fell", "Which branch had the most returns?", "Month: May | Branch: Fell | Returns: 4", False),
        ("Fell", "Which branch had 4 returns in May?", "Month: May | Branch: Fell | Returns: 4", True),
        ("in May", "When will the bridge open?", "The bridge is planned to open in May.", True),
        ("4 votes to 1", "By how many votes?", "It was agreed by 4 votes to 1 to buy the pump.", True),
        ("4 votes to 1 to 1", "By how many votes?", "It was agreed by 4 votes to 1 to buy the pump.", False),
        ("No: If you have no starter, use yeast.", "Can I use yeast?", "If you have no starter, use yeast.", False),
    ],
)
def test_what_is_proposed_repeated_conditional_or_one_of_many_is_not_said_as_fact(
    draft: str, question: str, sentence: str, accepted: bool
) -> None:
    assert judge(draft, question, evidence(sentence)).accepted == accepted


@pytest.mark.parametrize(
    ("question", "sentence", "accepted"),
    [
        ("Can the bread be frozen?", "Keeps for a week in a bread bin; not in the fridge.", False),
        ("Do I have to knead the dough?", "The dough stays sticky; do not add flour.", False),
        ("May I light a fire in December?", "Fires are forbidden from March to October.", False),
        ("May I light a fire in March?", "Fires are forbidden from March to October.", True),
        ("Should I store the loaf in the fridge?", "Do not put it in the refrigerator.", True),
        ("May my sister act as my chaperone?", "Family members may stay but cannot act as chaperone.", True),
    ],
)
def test_no_needs_a_denial_of_what_is_asked(question: str, sentence: str, accepted: bool) -> None:
    assert judge(f"No: {sentence}", question, evidence(sentence)).accepted == accepted
