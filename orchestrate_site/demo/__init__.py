"""The whole loop on one machine: a real CI server, a sample repository, and the processes of the product."""
