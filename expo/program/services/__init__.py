"""The verbs of this app, by subject: runs of the scheduler, changes by hand, and what presenters are notified of."""
