"""Work beside requests: the queue, its workers and the schedule (decision 0019)."""
