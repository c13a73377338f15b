"""A way to train in one file: a last layer that minds easy examples less (focal loss, Lin et al. 2017, eq. 4)."""

from core.messages import Message
from core.training.strategies.head import Head


class Focal(Head):
    name = "focal"
    rank = 95
    title = Message("Hard examples first")
    term = Message("focal loss")
    sentence = Message("Like the last layer only, but examples that are right already count little.")
    source = "Lin et al. 2017, eq. 4"

    def defaults(self, card):
        return {**super().defaults(card), "epochs": 40}

    def prepare(self, context):
        from core.training.engine.probe import ProbeStage

        class FocalStage(ProbeStage):
            def loss(self, logits, targets):
                log_share = logits.log_softmax(1).gather(1, targets[:, None])
                return -((1 - log_share.exp()) ** 2 * log_share).mean()

        embeddings = yield from context.embeddings()
        return embeddings if embeddings is None else FocalStage(context, embeddings)
