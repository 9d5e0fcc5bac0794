"""Work on hosts: how long it takes, and what the same costs without Tenure."""
