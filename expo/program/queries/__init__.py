"""Reads about the timetable, a module for each subject."""
