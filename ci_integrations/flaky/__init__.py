"""Pure judgement of tests: evidence in, a verdict with its reason out."""
