"""Styles of the demo corpus's music: seven genres and six instruments alone."""

from __future__ import annotations

import numpy as np

from sources.demo.composition import EIGHTHS, Style

_POP = ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 0, 4), (5, 3, 0, 4))
_DARK = ((0, 5, 6, 0), (0, 3, 4, 0), (0, 0, 6, 5))
_ROCK = (("kick", (0, 2, 2.5)), ("snare", (1, 3)), ("hat", EIGHTHS))
_ROCK_2 = (("kick", (0, 0.5, 2)), ("snare", (1, 3)), ("ride", (0, 1, 2, 3)))
_TECHNO = (("kick", (0, 1, 2, 3)), ("open_hat", (0.5, 1.5, 2.5, 3.5)), ("clap", (1, 3)))
_TECHNO_2 = (("kick", (0, 1, 2, 3)), ("hat", tuple(np.arange(0, 4, 0.25))), ("tom", (1.75, 3.25)))
_HIP_HOP = (("kick", (0, 0.75, 2.5)), ("snare", (1, 3)), ("hat", EIGHTHS))
_HIP_HOP_2 = (("kick", (0, 1.5, 2.25)), ("clap", (1, 3)), ("hat", tuple(np.arange(0, 4, 0.25))))
_JAZZ = (("ride", (0, 1, 1.5, 2, 3, 3.5)), ("hat", (1, 3)), ("kick", (0, 2.5)))
_ONE_DROP = (("kick", (2,)), ("snare", (2,)), ("hat", EIGHTHS))
_FILLS = (
    ("tom", (3, 3.25, 3.5)),
    ("snare", (2.5, 2.75, 3, 3.25, 3.5, 3.75)),
    ("tom", (1.5, 2, 2.75)),
)
_KIT_ONLY = (
    (*_ROCK, _FILLS[0]),
    (*_ROCK_2, _FILLS[1]),
    (*_HIP_HOP, _FILLS[2]),
    (*_JAZZ, ("snare", (1.5, 3.5))),
    (("tom", (0, 0.75, 1.5, 2.5, 3)), ("kick", (0, 2)), ("hat", (1, 3))),
)

STYLES: dict[str, Style] = {
    "rock": Style((100, 165), ("minor", "mixolydian"), _POP, ("distorted", "brass"),
                  ("distorted",), "eighths", "bass", "eighths", (_ROCK, _ROCK_2)),
    "jazz": Style((110, 190), ("dorian", "major"), ((1, 4, 0, 0), (0, 5, 1, 4)),
                  ("brass", "clarinet", "piano"), ("piano", "electric_piano"), "syncopated",
                  "bass", "walking", (_JAZZ,), swing=0.16),
    "classical": Style((66, 132), ("major", "minor", "harmonic_minor"),
                       ((0, 3, 4, 0), (0, 4, 0, 4), (0, 5, 1, 4)), ("strings", "flute", "violin"),
                       ("strings",), "block", "strings", "root", beats_per_bar=(3, 4)),
    "techno": Style((118, 145), ("minor", "dorian"), _DARK, ("synth", "square"),
                    ("synth", "organ"), "syncopated", "synth", "offbeat", (_TECHNO, _TECHNO_2),
                    electronic=True),
    "reggae": Style((68, 92), ("major", "minor"), ((0, 3, 0, 3), (0, 4, 5, 3), (0, 1, 0, 1)),
                    ("organ", "brass"), ("electric_piano", "guitar", "organ"), "offbeat", "bass",
                    "syncopated", (_ONE_DROP,)),
    "folk": Style((84, 140), ("major", "dorian", "mixolydian"), _POP,
                  ("flute", "violin", "guitar"), ("guitar", "nylon"), "strum",
                  beats_per_bar=(3, 4)),
    "hip_hop": Style((78, 104), ("minor", "dorian"), _DARK, ("electric_piano", "square", "flute"),
                     ("electric_piano", "strings"), "block", "bass", "syncopated",
                     (_HIP_HOP, _HIP_HOP_2), electronic=True, gains={"drums": 1.8}),
    "piano": Style((66, 140), ("major", "minor", "dorian"), _POP, ("piano",), ("piano",),
                   "arpeggio", beats_per_bar=(3, 4)),
    "guitar": Style((72, 130), ("major", "minor", "mixolydian"), _POP, ("guitar", "nylon"),
                    ("guitar", "nylon"), "arpeggio", lead_range=(55, 74)),
    "violin": Style((60, 120), ("major", "minor", "harmonic_minor"), _POP, ("violin",),
                    ("strings",), "block", lead_range=(60, 88), beats_per_bar=(3, 4),
                    gains={"chords": 0.3}),
    "flute": Style((72, 132), ("major", "dorian"), _POP, ("flute",), ("nylon",), "arpeggio",
                   lead_range=(67, 90), beats_per_bar=(3, 4), gains={"chords": 0.3}),
    "marimba": Style((84, 150), ("major", "dorian", "mixolydian"), _POP, ("marimba",),
                     ("marimba",), "syncopated", lead_range=(60, 84)),
    "drum_kit": Style((80, 170), ("minor",), ((0,),), (), drums=_KIT_ONLY),
}  # fmt: skip
