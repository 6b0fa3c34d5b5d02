"""Hands items over: offers them, takes offers up after comparing every byte, and declines."""

from custody.services.handover.answering import Answered, accept, decline, matches, offered_to
from custody.services.handover.carrying import carry, fetch, objects_of, remove
from custody.services.handover.form import make_form
from custody.services.handover.offering import Terms, better_linked_by, give, give_on_paper, link_receipt

__all__ = [
    "Answered",
    "Terms",
    "accept",
    "better_linked_by",
    "carry",
    "decline",
    "fetch",
    "give",
    "give_on_paper",
    "link_receipt",
    "make_form",
    "matches",
    "objects_of",
    "offered_to",
    "remove",
]
