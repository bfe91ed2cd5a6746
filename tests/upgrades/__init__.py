"""What each released version left behind must go on living under the present code."""
