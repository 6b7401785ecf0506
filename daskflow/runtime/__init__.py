"""What runs inside a task: the loop, the session with the ledger, what calls the node."""
