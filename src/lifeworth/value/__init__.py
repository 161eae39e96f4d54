"""What customers were and are worth. The parts add up to the whole, to the cent."""
