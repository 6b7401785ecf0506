"""How messages travel: frames on a wire to the ledger, pixels through shared slots."""
