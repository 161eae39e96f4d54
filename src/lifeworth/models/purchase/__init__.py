"""How many purchases each customer will still make, and whether they are still active."""
