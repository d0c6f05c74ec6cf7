"""Kills the process that executes a certain SQL statement, once. Installed where the environment names TEST_FAULTS.

TEST_FAULTS is a directory. A file `armed` in it says where: `{"pattern": "a regular expression", "after": false}`. It
is searched in the statement with its parameters; `after` lets the statement be executed first. The file is renamed to
`fired` before the kill, so exactly one process dies.
"""
