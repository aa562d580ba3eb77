"""What of a corpus could be had, in words, for the report and the log."""

from __future__ import annotations

import pandas

WHY_PAPER = (
    "The paper prints the sizes of the splits the wrong way round (17,902 train, 17,585 test): "
    "17,585 is the 90% of 19,539 training clips that do not validate, and only so do its numbers "
    "of music and other clips fit AudioSet's tables."
)


def availability_sentences(
    by_split: pandas.DataFrame, without_clips: pandas.DataFrame
) -> list[str]:
    """Return one sentence a split, why the paper's numbers are those, and lost classes.

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
    if by_split["paper_got"].notna().any():
        sentences.append(WHY_PAPER)
    for split, part in without_clips.groupby("split", sort=True):
        names = ", ".join(part["display_name"])
        classes = "1 class" if len(part) == 1 else f"{len(part)} classes"
        sentences.append(f"{split}: no clip is left of {classes}: {names}.")
    return sentences
