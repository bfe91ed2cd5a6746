"""Pure words that every service speaks. No framework, driver, SDK or clock call."""
