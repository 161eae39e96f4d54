"""What a run published: the contract, writing it whole or not at all, reading it back."""
