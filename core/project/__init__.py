"""A project file (`.ftlab`): what one workspace holds, to be opened and gone on with in another."""
