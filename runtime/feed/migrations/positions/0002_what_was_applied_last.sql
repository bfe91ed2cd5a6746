-- When the event at `recorded_of` was recorded: in another history another one stands there. What
-- moves a position without it leaves `recorded_of` behind, and so says that nothing is known.
ALTER TABLE positions ADD COLUMN recorded_of bigint, ADD COLUMN recorded_at timestamptz;
