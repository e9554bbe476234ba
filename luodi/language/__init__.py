"""Says in Chinese what the code says in English, where the reader wants it."""

from luodi.language.say import chosen, look_up, speak, t

__all__ = ["chosen", "look_up", "speak", "t"]
