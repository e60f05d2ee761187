"""What the Compare page's address carries."""

MEMBERS, SET, MEASURE = "compare.members", "compare.set", "compare.measure"
