"""YAML as files of options have it: a key that is given twice is a mistake, not an override."""

from __future__ import annotations

import yaml


class KeyGivenTwiceError(yaml.YAMLError):
    """A mapping has a key twice; the message gives the key and both lines."""


class UniqueKeyLoader(yaml.SafeLoader):
    """The safe loader, but for keys that are given twice: YAML forbids them, PyYAML drops one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        """As in the safe loader.

        Raises:
            KeyGivenTwiceError: A key is given twice.
        """
        line_of: dict[str, int] = {}
        for key_node, _ in node.value:
            line, key = key_node.start_mark.line + 1, str(key_node.value)
            if line_of.setdefault(key, line) != line:
                raise KeyGivenTwiceError(
                    f"`{key}` is given in line {line_of[key]} and again in line {line}; only one "
                    f"would count, so put both together"
                )
        return super().construct_mapping(node, deep)
