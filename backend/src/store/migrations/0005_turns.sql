-- Version 5: customers take turns where more is due than a function has free slots. Whose a delivery is
-- stands in its event; here it stands once more, so that the next customer in turn is one step in an index.
-- Null for what was done before this version.
ALTER TABLE delivery ADD COLUMN customer_id TEXT;
UPDATE delivery SET customer_id = (SELECT customer_id FROM event WHERE event.seq = delivery.seq)
WHERE status <> 'done';
CREATE INDEX delivery_in_turn ON delivery (function, customer_id, due_at, seq)
WHERE status IN ('pending', 'leased');
