"""What every test may use. The environment is prepared earlier, in tests/environment.py."""

from hypothesis import settings

# A busy machine is no reason for a property to fail.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
