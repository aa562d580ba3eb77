"""Where clips come from: asked-for clips in, rows out.

A source is an object with a `name` and one method, `fetch(asked) -> ClipRow`, which gives the row
of a clip that is there, or raises `ClipUnavailable` (this clip is not to be had; passing or for
good) or `SourceStopped` (no clip is to be had until a person acts). `interface.py` says it exactly.

    folder_source   recordings on this machine
    huggingface     the Parquet mirror of AudioSet
    youtube         AudioSet itself, through yt-dlp

`fetching.fetch_shard` asks a list of sources in order, the first that has a clip wins, and the row
says which. It does the asking in parallel, the repeating, the keeping and the account of what is
missing, so that a source has none of it. `connection_limit` and `wall` hold back all jobs together.
To add a source, write such a class and give it a name in the config.
"""
