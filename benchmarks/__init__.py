"""One script a question; each prints JSON lines with the machine, the versions and its figures."""
