"""Part ``provision``: one environment made and removed by Tenure and by OpenTofu with the same provider code."""
