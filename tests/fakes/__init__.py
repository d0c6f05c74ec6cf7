"""Servers that stand in for real ones in tests: real sockets, scripted behaviour, faults on demand."""
