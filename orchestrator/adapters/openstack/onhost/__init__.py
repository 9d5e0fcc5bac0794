"""The program that looks at file systems on the hosts; it needs Python 3.7 and nothing else, and is sent there."""
