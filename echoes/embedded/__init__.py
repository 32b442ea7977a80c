"""Postgres, Redis, an S3 server if asked for, and all processes of Echoes, on one machine that has nothing
but Python.

Nothing here knows Django: these modules run before it and outlive it.

`place`      where the servers' files may live and which account may run them
`binaries`   the programs, found in (or copied from) installed packages
`postgres`, `redis`, `seaweedfs`   one server each: create, start, say when it is ready
`claim`      one run per data folder; what it started, written down; the guard that cleans up after a kill -9
`servers`    all servers as a context manager, for commands and tests
`supervisor` `make run`: servers, migrations, the Procfile's processes, and an orderly end
"""
