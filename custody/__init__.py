"""custody: a recorder for the chain of custody of digital evidence."""

__version__ = "0.1.0"
