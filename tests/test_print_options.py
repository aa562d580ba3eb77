"""Every option is described, and `make options` tells all of them."""

import re

from configured import SCHEMA

from plumbing.commands.print_options import main, options_table
from science.scorecard.kim2024 import PUBLISHED


def every_leaf(part: dict) -> list[dict]:
    if "properties" in part and "format" not in part:
        return [leaf for child in part["properties"].values() for leaf in every_leaf(child)]
    return [part]


def test_every_option_has_a_default_and_a_description():
    for leaf in every_leaf(SCHEMA):
        assert "default" in leaf, leaf
        assert len(leaf["description"]) > 10, leaf


def test_the_options_table_names_every_option():
    table = options_table(SCHEMA)
    for option in ("run.seeds", "conditions.NAME.epochs", "training.weight_decay"):
        assert f"`{option}`" in table
    assert len(table.splitlines()) > len(every_leaf(SCHEMA))


def test_every_row_has_four_cells():
    for row in options_table(SCHEMA).splitlines():
        assert len(re.findall(r"(?<!\\)\|", row)) == 5, row


def test_options_tell_every_tolerance_that_a_claim_has_of_its_own():
    (row,) = (row for row in options_table(SCHEMA).split("\n") if "`scorecard.tolerance`" in row)
    own = {f"{given.tolerance:g}" for given in PUBLISHED.values() if given.tolerance is not None}
    assert own == set(re.findall(r"0\.\d+", row.rpartition("|")[0].rpartition("|")[2]))


def test_the_command_prints_the_table(capsys):
    main()
    assert capsys.readouterr().out == options_table(SCHEMA) + "\n"
