"""Declarations, a module for each jurisdiction. The words of statutes stand in `literal`, and nowhere else."""
