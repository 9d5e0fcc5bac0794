"""What this machine has of the parts that Tenure works with, whether each serves, and how to mend it."""

from orchestrator.adapters.doctor.examination import examine
from orchestrator.adapters.doctor.finding import Finding, Serves

__all__ = ["Finding", "Serves", "examine"]
