-- Version 3: an environment that was built from the log of another stands still until somebody says that
-- it may go on: nothing is handed out and no deadline strikes.
ALTER TABLE log_head ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1));
