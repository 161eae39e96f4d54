"""The web application: API and pages. Reads results and records, starts workflows, computes nothing."""
