"""The live runner: the same detectors on a stream, with alarms while the crowd is arriving.

A new source is one file: a class with the members of `sources.Source` that gives out whole lines of NDJSON and a
position behind them, in its own words. `open` is told the last stored position, `stored` which one a snapshot holds (a
broker commits there). A source that cannot be read again writes to a `journal.Journal` before it gives anything out,
and calls `sync` before it tells a sender that rows are safe.

A new output is one file as well: a class with `tell(alarms)` and `close()` (`outputs.Output`). It is told every alarm at
least once, each with the same `alarm_id` every time.

`live.Live` ties them to the runner that audits use (`engine.run.Runner`), `store.Store` keeps snapshots.
"""
