"""One outside thing each. Adapters know ports and formats, never a use case, never each other."""
