"""lifeworth beside its peers: `make bench`, or `python -m bench --help`.

Each library works in a process and an environment of its own, on the same files, in alternating
rounds, on one thread. Measured is CPU time (user + system) around the work itself; a ratio of two
such times in one run says more than either time alone. Fits are judged by one evaluator: our
exact log-likelihood at the parameters each library stopped at.

    plan          which work, which sizes, which libraries
    worlds        simulated customers and order rows, CDNOW
    environments  one virtual environment per peer, from hashed locks
    running       one worker process; alternating rounds
    fits, forecasts, order_rows, commands, service   the kinds of measurement
    company, visitors   what the web application serves, and to whom
    bars          what we promised, and whether it held
    page          docs/reference/benchmarks.md
    workers/      what runs inside each library's own Python
"""
