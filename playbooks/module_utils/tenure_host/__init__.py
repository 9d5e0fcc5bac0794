"""What Tenure's modules do on a host; Python 3.9 and its standard library, since hosts have nothing else."""
