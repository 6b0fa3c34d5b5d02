"""The rules of custody: values in, values out. No I/O and no clock."""
