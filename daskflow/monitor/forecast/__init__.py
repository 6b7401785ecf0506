"""What flows would do: limits of nodes, cores and ledger, waiting in queues, nodes that one task could run.

Pure arithmetic over figures, whoever measured them: the verdict on a run and advice from a profile share it.
"""
