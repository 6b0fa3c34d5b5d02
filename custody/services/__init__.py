"""The use cases. They see the outside world through ports only."""
