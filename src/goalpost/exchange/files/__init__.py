"""Files as rows of cells: what kind of file it is, how its text is coded, where its lines are."""
