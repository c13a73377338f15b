"""The `transformers` library without its chatter: progress bars and retries tell a person nothing."""

from __future__ import annotations

from types import ModuleType


def quiet_transformers() -> ModuleType:
    """Import `transformers` (seconds, the first time) so that only its errors are said."""
    import huggingface_hub
    import transformers

    huggingface_hub.logging.set_verbosity_error()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return transformers
