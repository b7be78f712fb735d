"""A message's life."""

from expo.kit.states import State, Table


class MessageState(State):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


MESSAGE_STATES = Table(
    "message",
    {
        MessageState.QUEUED: frozenset({MessageState.SENDING}),
        MessageState.SENDING: frozenset(
            {MessageState.SENT, MessageState.QUEUED, MessageState.FAILED, MessageState.UNCERTAIN}
        ),
        MessageState.FAILED: frozenset({MessageState.QUEUED}),
        MessageState.UNCERTAIN: frozenset({MessageState.QUEUED, MessageState.SENT}),
    },
)
