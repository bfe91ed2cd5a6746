"""What only the Stripe adapter has to get right, against the double of Stripe."""
