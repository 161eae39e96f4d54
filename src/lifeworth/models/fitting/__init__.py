"""From customers to parameters: maximum likelihood, and posterior draws around it."""
