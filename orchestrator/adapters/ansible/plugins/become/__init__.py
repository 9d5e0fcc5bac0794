"""How a play's tasks become root on the hosts."""
