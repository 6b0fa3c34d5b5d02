"""Is it known who signed? Signatures by keys of the case, and a reason of the reader's own to know the lead's key."""

from custody.domain import findings as codes
from custody.domain.examination import Examination
from custody.domain.questions.parts import counted, failed, findings_on, listed, lost_records, make_answer
from custody.domain.trust import Ground
from custody.domain.verdict import Answer, Question

_LIMIT = (
    "A signature shows which key signed. It does not show who was at the keyboard, or that what they wrote is true."
)


def answer_signers(seen: Examination) -> Answer:
    """From the signatures, the self-certifying case id, and the reader's trust."""
    found = list(findings_on(Question.SIGNERS, seen))
    lead = seen.state.lead
    if lead is None:
        found.append(
            codes.CASE_UNSIGNED.about(
                "the case", "The record that opens the case, and names whose case it is, is missing or not believable."
            )
        )
        return make_answer("It is not known whose case this is.", _LIMIT, found)
    # Whoever confirmed one of the keys that have led knows the case: its id commits to the first, which named the rest.
    leads = [key for _, key in reversed(seen.state.leads)] or [lead]
    ground = next((known for key in leads if (known := seen.trust.ground(key)) is not None), None)
    if all(seen.trust.contradicts(key) for key in leads):
        found.append(
            codes.LEAD_CONTRADICTED.about(
                "the case lead",
                "What you typed with --lead does not belong to the key that opened this case. Check the typing; if it "
                "is right, this case is not that person's.",
            )
        )
    elif ground is None:
        found.append(
            codes.LEAD_UNCONFIRMED.about(
                "the case lead",
                "Ask the case lead, in person or by a telephone number you already had, for the eight words of their "
                'key, and run: custody verify --lead "the eight words". Anyone can make a key in any name.',
            )
        )
    if lost := lost_records(seen):
        found.append(
            codes.SIGNERS_NOT_FOLLOWED.about(
                listed(lost),
                "Who signed what was recorded there cannot be told any more. A copy that still has these records "
                "settles it.",
            )
        )
    if seen.state.not_followed:
        found.append(
            codes.SIGNERS_NOT_FOLLOWED.about(
                "the register of people",
                "A record of a kind that this version does not know may have changed who belongs to the case. "
                "A newer version of custody can settle it.",
            )
        )
    wrong = [finding.about for finding in failed(found)]
    return make_answer(_sentence(seen, lead, ground, wrong), _LIMIT, found)


def _sentence(seen: Examination, lead: str, ground: Ground | None, wrong: list[str]) -> str:
    name = seen.names.get(lead)
    key = f"key {lead[:16]}…"
    if wrong:
        return f"Not everything here was signed by the key that it names: {listed(wrong)}."
    owners = [seen.state.members[owner] for owner in set(seen.state.owners.values())]
    others = sum(one.enrolled_by is not None and one.key_id not in (lead, seen.state.leads[0][1]) for one in owners)
    strangers = sum(one.enrolled_by is None for one in owners)
    if others or strangers:
        by = {
            Ground.OWN: "your own key",
            Ground.CONFIRMED: f"the key that you confirmed as the case lead's ({key})",
            None: f"the case lead's {key}",
        }[ground]
        vouched = f", and by {counted(others, 'key')} that it vouches for" if others else ""
        unknown = f", and by {counted(strangers, 'key')} that nobody vouches for" if strangers else ""
        end = "." if ground is not None else ". Whose key the lead's is, nobody has confirmed to you."
        return f"All {counted(seen.believed, 'record')} are signed: by {by}{vouched}{unknown}{end}"
    count = counted(seen.believed, "record")
    every = f"The one {count[2:]} is" if seen.believed == 1 else f"All {count} are"
    if ground is Ground.OWN:
        return f"{every} signed by your own key ({name or key})."
    if ground is Ground.CONFIRMED:
        return f"{every} signed by the key that you confirmed as the case lead's ({key})."
    return f"{every} signed by one {key}. Whose key it is, nobody has confirmed to you."
