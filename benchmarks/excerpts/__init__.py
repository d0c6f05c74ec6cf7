"""Where the weights of `ci_integrations.parsing.logs.weights` come from."""
