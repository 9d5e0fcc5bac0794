"""Small programs for the hosts of throw-away environments; each module is sent as it is and needs Python 3.7 alone."""
