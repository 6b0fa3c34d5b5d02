"""Wire formats: bytes in, values out, and back. They know nothing of custody, do no I/O and read no clock."""
