"""What of a corpus could be had, in words, for the report and the log."""

from __future__ import annotations

import pandas


def availability_sentences(
    by_split: pandas.DataFrame, without_clips: pandas.DataFrame
) -> list[str]:
    """Return one sentence a split, then one for the classes of which no clip is left.

    Args:
        by_split: from `availability_by_split`.
        without_clips: from `classes_without_clips`.
    """
    reasons = [name for name in by_split.columns if name.startswith("missing_")]
    sentences = []
    for row in by_split.to_dict("records"):
        sentence = (
            f"{row['split']}: {row['got']:,} of {row['asked']:,} clips "
            f"({100 * row['got_fraction']:.1f}%)"
        )
        if row["paper_got"] == row["paper_got"]:
            sentence += f"; the paper had {row['paper_got']:,.0f}"
        missing = sorted(((row[name], name) for name in reasons if row[name]), reverse=True)
        said = [f"{count:,} {name.removeprefix('missing_')}" for count, name in missing]
        sentences.append(sentence + ("; missing: " + ", ".join(said) if said else "") + ".")
    for split, part in without_clips.groupby("split", sort=True):
        names = ", ".join(part["display_name"])
        classes = "1 class" if len(part) == 1 else f"{len(part)} classes"
        sentences.append(f"{split}: no clip is left of {classes}: {names}.")
    return sentences
