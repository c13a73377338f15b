"""Why a finished run answers as it does: parts of pictures, words of messages, and the examples nearest to it."""
