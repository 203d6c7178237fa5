"""The app: its data, its two functions and its schedules, and their stack."""
