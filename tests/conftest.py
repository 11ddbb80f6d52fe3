"""Generated input is the same at every run of `make test`, and new at every run of `make long`."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True)
settings.register_profile("searching", derandomize=False, print_blob=True)
settings.load_profile("steady")
