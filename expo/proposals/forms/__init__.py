"""Forms of proposals: the long one for drafts, presenters as rows, and the short ones of single verbs."""
