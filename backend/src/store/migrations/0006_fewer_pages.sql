-- Version 6: fewer pages for each commit. What a commit costs is the pages that it touches; each is written
-- twice, to the write-ahead log and later to the file.

-- Where a stream begins is its key: those that change are neighbours in the table, as they are in time. By
-- their names they lay apart, and each state that had grown took a page of its own beside.
ALTER TABLE stream RENAME TO stream_by_name;
CREATE TABLE stream (
    first_seq   INTEGER PRIMARY KEY, -- the position of its first event
    stream      TEXT    NOT NULL UNIQUE,
    version     INTEGER NOT NULL,
    customer_id TEXT,                -- whose order
    status      TEXT,                -- of an order
    wait_until  INTEGER,             -- when what it waits for is over
    state       TEXT    NOT NULL
) STRICT;
INSERT INTO stream (first_seq, stream, version, customer_id, status, wait_until, state)
SELECT first_seq, stream, version, customer_id, status, wait_until, state FROM stream_by_name
ORDER BY first_seq;
DROP TABLE stream_by_name;
-- Within a customer by first_seq, as every index ends with its table's key.
CREATE INDEX stream_of_customer ON stream (customer_id) WHERE customer_id IS NOT NULL;
CREATE INDEX stream_waiting ON stream (wait_until) WHERE wait_until IS NOT NULL;

-- A delivery's public id says where its event stands, so that nobody has to look it up; and what is newest is
-- newest of one of the functions, each of which the key has in order.
DROP INDEX delivery_of_event;
ALTER TABLE delivery RENAME TO delivery_with_id;
CREATE TABLE delivery (
    function    TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('pending', 'leased', 'done', 'dead')),
    token       INTEGER NOT NULL,    -- fencing: grows with every claim, for ever
    tries       INTEGER NOT NULL,    -- what the retry budget has seen
    revision    INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,    -- pending: not before; leased: the lease's end
    last_error  TEXT,
    customer_id TEXT,                -- whose; null for what was done before version 5
    PRIMARY KEY (function, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO delivery (function, seq, status, token, tries, revision, due_at, last_error, customer_id)
SELECT function, seq, status, token, tries, revision, due_at, last_error, customer_id
FROM delivery_with_id ORDER BY function, seq;
DROP TABLE delivery_with_id;
CREATE INDEX delivery_due ON delivery (function, due_at, seq) WHERE status IN ('pending', 'leased');
CREATE INDEX delivery_in_turn ON delivery (function, customer_id, due_at, seq)
WHERE status IN ('pending', 'leased');
CREATE INDEX delivery_dead ON delivery (seq, function) WHERE status = 'dead';
