"""The scheduler's engine, plain Python: a `Problem` in, a `Solution` out, the same one every time.

Start reading at `problem.py` (input and output), `objectives.py` and `search.py`.
"""
