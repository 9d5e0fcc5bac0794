"""What runs on the hosts themselves: Python 3.8 and its standard library, sent with each call, beside restic."""
