"""BibTeX of what a run has used: the paper, data sets, methods."""

from __future__ import annotations

from collections.abc import Mapping

KIM2024 = """@article{kim2024music,
  author  = {Kim, Gwangsu and Kim, Dong-Kyum and Jeong, Hawoong},
  title   = {Spontaneous emergence of rudimentary music detectors in deep neural networks},
  journal = {Nature Communications},
  volume  = {15},
  pages   = {148},
  year    = {2024},
  doi     = {10.1038/s41467-023-44516-0}
}"""
AUDIOSET = """@inproceedings{gemmeke2017audioset,
  author    = {Gemmeke, Jort F. and Ellis, Daniel P. W. and Freedman, Dylan and Jansen, Aren and
               Lawrence, Wade and Moore, R. Channing and Plakal, Manoj and Ritter, Marvin},
  title     = {Audio Set: An ontology and human-labeled dataset for audio events},
  booktitle = {IEEE International Conference on Acoustics, Speech and Signal Processing},
  pages     = {776--780},
  year      = {2017},
  doi       = {10.1109/ICASSP.2017.7952261}
}"""
FSD50K = """@article{fonseca2022fsd50k,
  author  = {Fonseca, Eduardo and Favory, Xavier and Pons, Jordi and Font, Frederic and
             Serra, Xavier},
  title   = {{FSD50K}: An open dataset of human-labeled sound events},
  journal = {IEEE/ACM Transactions on Audio, Speech, and Language Processing},
  volume  = {30},
  pages   = {829--852},
  year    = {2022},
  doi     = {10.1109/TASLP.2021.3133208}
}"""
NATURAL_SOUNDS = """@article{normanhaignere2015pathways,
  author  = {Norman-Haignere, Sam and Kanwisher, Nancy G. and McDermott, Josh H.},
  title   = {Distinct cortical pathways for music and speech revealed by hypothesis-free voxel
             decomposition},
  journal = {Neuron},
  volume  = {88},
  number  = {6},
  pages   = {1281--1296},
  year    = {2015},
  doi     = {10.1016/j.neuron.2015.11.035}
}"""
QUILTS = """@article{overath2015quilts,
  author  = {Overath, Tobias and McDermott, Josh H. and Zarate, Jean Mary and Poeppel, David},
  title   = {The cortical analysis of speech-specific temporal structure revealed by responses to
             sound quilts},
  journal = {Nature Neuroscience},
  volume  = {18},
  pages   = {903--911},
  year    = {2015},
  doi     = {10.1038/nn.4021}
}"""
SNAKEMAKE = """@article{molder2021snakemake,
  author  = {M{\\"o}lder, Felix and others},
  title   = {Sustainable data analysis with {Snakemake}},
  journal = {F1000Research},
  volume  = {10},
  pages   = {33},
  year    = {2021},
  doi     = {10.12688/f1000research.29032.2}
}"""
DOWNLOADED = ("huggingface", "youtube")


def bibtex_of(config: Mapping) -> str:
    """Entries for what a run used, the paper first.

    Args:
        config: The effective configuration.
    """
    corpus = config["corpus"]
    entries = [KIM2024]
    if set(DOWNLOADED) & set(corpus["sources"]):
        entries.append(AUDIOSET)
    if "fsd50k" in corpus["sources"]:
        entries.append(FSD50K)
    if corpus["natural_sounds"]["place"]:
        entries.append(NATURAL_SOUNDS)
    if "quilts" in config["run"]["analyses"]:
        entries.append(QUILTS)
    return "\n\n".join([*entries, SNAKEMAKE])
