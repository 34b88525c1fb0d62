-- Version 1: the log and what hangs on it. Times are milliseconds since 1970 in UTC, ids are text as
-- people see them, so that the file can be read with nothing but the sqlite3 command.

-- One row: where the log ends. Whoever writes locks it first.
CREATE TABLE log_head (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    log_id      TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;

-- What happened, in commit order, without a gap. Never updated, never deleted.
CREATE TABLE event (
    seq            INTEGER PRIMARY KEY,
    id             TEXT    NOT NULL UNIQUE,
    stream         TEXT    NOT NULL,
    stream_version INTEGER NOT NULL,
    type           TEXT    NOT NULL,
    schema_version INTEGER NOT NULL,
    customer_id    TEXT,             -- whose order; null where it belongs to no order
    data           TEXT    NOT NULL,
    mutation_id    TEXT,
    input_hash     TEXT,             -- so that receipts can be rebuilt from the log
    causation_id   TEXT,
    source         TEXT    NOT NULL,
    occurred_at    INTEGER NOT NULL,
    recorded_at    INTEGER NOT NULL,
    UNIQUE (stream, stream_version)
) STRICT;
CREATE INDEX event_of_customer ON event (customer_id, seq) WHERE customer_id IS NOT NULL;
CREATE TRIGGER event_is_never_updated BEFORE UPDATE ON event
BEGIN SELECT raise(ABORT, 'what has happened is never changed'); END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN SELECT raise(ABORT, 'what has happened is never forgotten'); END;

-- The fold of each stream's events, written with them.
CREATE TABLE stream (
    stream      TEXT    PRIMARY KEY,
    version     INTEGER NOT NULL,
    customer_id TEXT,                -- whose order
    status      TEXT,                -- of an order
    first_seq   INTEGER NOT NULL,
    wait_until  INTEGER,             -- when what it waits for is over
    state       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX stream_of_customer ON stream (customer_id, first_seq) WHERE customer_id IS NOT NULL;
CREATE INDEX stream_waiting ON stream (wait_until) WHERE wait_until IS NOT NULL;

-- What was answered to each mutation, refusals too. Never pruned: asked again, answered the same.
CREATE TABLE receipt (
    owner       TEXT    NOT NULL,
    mutation_id TEXT    NOT NULL,
    input_hash  TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    refusal     TEXT,                -- null where it was accepted
    PRIMARY KEY (owner, mutation_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER receipt_is_never_updated BEFORE UPDATE ON receipt
BEGIN SELECT raise(ABORT, 'an answer is never changed'); END;
CREATE TRIGGER receipt_is_never_deleted BEFORE DELETE ON receipt
BEGIN SELECT raise(ABORT, 'an answer is never forgotten'); END;

-- Who still has to look at which event: outbox, inbox, timer and dead-letter box at once.
CREATE TABLE delivery (
    function   TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    id         TEXT    NOT NULL UNIQUE,
    status     TEXT    NOT NULL CHECK (status IN ('pending', 'leased', 'done', 'dead')),
    token      INTEGER NOT NULL,     -- fencing: grows with every claim, for ever
    tries      INTEGER NOT NULL,     -- what the retry budget has seen
    revision   INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,     -- pending: not before; leased: the lease's end
    last_error TEXT,
    PRIMARY KEY (function, seq)
) STRICT, WITHOUT ROWID;
-- What a claim looks for; finished rows are not in it.
CREATE INDEX delivery_due ON delivery (function, due_at, seq) WHERE status IN ('pending', 'leased');
