"""The wall: screens without a person before them, and what each of them shows."""
