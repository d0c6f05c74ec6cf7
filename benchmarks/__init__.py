"""Measurements; `make bench` and `make corpus` run them."""
