"""What every test may use. The environment is prepared earlier, in tests/environment.py."""
