"""Finetune Lab's engine: data in, training, evaluation, run folders. Stands on its own; never imports streamlit.

Nothing it uses may report to anybody. Libraries read that from the environment when they are loaded, so it is said
here: no module of `core` runs or loads a library before this, and every process that one of them starts inherits it.
What was set is overridden, since the promise that nothing leaves the computer knows no exception.
"""

import os

QUIET = {
    # onnxruntime's builds report each session to the vendor from 1.29 on, and keep an id of the device and a queue
    # under the user's cache folder. Its API can only end that after the first report.
    "ORT_DISABLE_TELEMETRY": "1",
    # huggingface_hub's reports; without this it also asks the Hub once a day which coding agents there are, to name the
    # one at work in every request.
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    # Ray's reports, by whichever process starts a cluster. Switched off, they still report that they are (2.60): to
    # nobody, then.
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_REPORT_URL": "http://127.0.0.1:9",
    # What other libraries, and later versions of these, agree to look for.
    "DO_NOT_TRACK": "1",
}
os.environ.update(QUIET)
