-- Processes that have figures, limits or keys in memory of another generation load all of them anew.
CREATE TABLE metering_generation (generation bigint NOT NULL);
INSERT INTO metering_generation VALUES (1);
