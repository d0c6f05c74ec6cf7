"""The parser on real material, beside its targets and the simplest techniques."""
