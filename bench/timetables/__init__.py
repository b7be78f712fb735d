"""Readers of instance files into the scheduler's problem, and counters that judge a timetable from the file alone."""
