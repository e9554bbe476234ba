"""One file a step, in the order of their numbers; each knows the one before it, and the way back."""
