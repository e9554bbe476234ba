"""Makes every part known to the registry: our own, and those of installed plugins."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from luodi.errors import RecipeError
from luodi.language import t
from luodi.registry import enter_all

#: Folders whose files enter parts when they are imported; a new file needs no line elsewhere.
_OURS = ("luodi.tasks", "luodi.tune", "luodi.compress", "luodi.auditing")
#: The entry-point group through which other people's packages enter theirs.
PLUGINS = "luodi.plugins"


@cache
def enrol() -> None:
    """Import what enters parts; done once, whoever asks.

    Raises:
        RecipeError: a plugin cannot be imported; it is named.
    """
    for folder in _OURS:
        enter_all(folder)
    for plugin in entry_points(group=PLUGINS):
        try:
            plugin.load()
        except Exception as broken:  # a plugin may fail in any way; whose it is must be said
            raise RecipeError(
                t("the plugin {name} ({value}) cannot be loaded", name=plugin.name, value=plugin.value),
                found=f"{type(broken).__name__}: {broken}",
                fix=t("mend it, or uninstall its package"),
            ) from broken
