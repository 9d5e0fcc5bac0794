"""Hook, API and pages; errors become status codes only here."""
