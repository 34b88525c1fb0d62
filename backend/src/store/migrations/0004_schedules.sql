-- Version 4: what is appended by the clock.

-- When each schedule is due next. No fold of the log: a copy that is built from the log computes its own.
CREATE TABLE schedule (
    name    TEXT    PRIMARY KEY,
    cron    TEXT    NOT NULL,        -- by which next_at was computed; another one, and it is computed anew
    next_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
