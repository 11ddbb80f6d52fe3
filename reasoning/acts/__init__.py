"""What people do about rights through requests: approvals, registrations, autonomy."""
