-- Version 2: what an operator sees and steers.

-- Attempts that did not simply end well: how long they took, what went wrong, where they ran. Forgotten
-- by age, and at most so many are kept of each delivery.
CREATE TABLE attempt (
    function   TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    token      INTEGER NOT NULL,     -- of the claim that the attempt was
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    outcome    TEXT    NOT NULL CHECK (outcome IN ('failed', 'not yet', 'late', 'given up', 'lost')),
    error      TEXT,
    worker     TEXT    NOT NULL,
    PRIMARY KEY (function, seq, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_ended ON attempt (ended_at);

-- Functions that are paused, and consumers with a position of their own in the log.
CREATE TABLE consumer (
    function  TEXT    PRIMARY KEY,             -- or the name of a consumer that is none
    paused    INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    cursor    INTEGER NOT NULL DEFAULT 0,      -- up to where it has read the log
    pruned_to INTEGER NOT NULL DEFAULT 0,      -- up to where its finished deliveries are forgotten
    state     TEXT                             -- what a read model has made of that
) STRICT, WITHOUT ROWID;

-- The newest first, of one event, and what waits for an operator.
CREATE INDEX delivery_of_event ON delivery (seq, function);
CREATE INDEX delivery_dead ON delivery (seq, function) WHERE status = 'dead';
