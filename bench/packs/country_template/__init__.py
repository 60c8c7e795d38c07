"""An invented country whose rules are those of OpenFisca's country template, for measuring against it."""
