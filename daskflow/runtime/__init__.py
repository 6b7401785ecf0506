"""What runs inside a task: the loop, the session with the ledger, the node's host."""
