"""The verbs of `orchestrate ci`: arguments, output, exit codes. What they do stands in the services."""
