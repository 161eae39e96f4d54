"""Share of wallet: how much of what a customer spends on such things comes to us."""
