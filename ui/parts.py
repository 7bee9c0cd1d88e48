"""How every part of the page is made and wired. Knows nothing of what the parts show."""

from typing import Any

import gradio as gr

# Every handler of the page is private: programs are offered endpoints of their own.
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_limit": None}


def html(name: str, value: str = "", script: str | None = None) -> gr.HTML:
    """A part whose whole content is rendered here; `script` runs when it appears."""
    return gr.HTML(value, elem_id=f"fn-{name}", js_on_load=script, apply_default_css=False)


def told_by(event: gr.EventData) -> dict[str, Any]:
    """What the script of a part has sent: anything at all, for anybody can send it."""
    return event._data if isinstance(event._data, dict) else {}
