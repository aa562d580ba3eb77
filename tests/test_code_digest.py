"""A digest changes with code that matters, and with nothing else."""

import pytest

from plumbing import code_digest as module

SCRIPT = '"""Doc."""\nfrom science.loud import gain\n\ngain(2)\n'
LOUD = '''"""Doc."""
from science import deep


def gain(x):
    """Doc."""
    return deep.g(x)
'''
DEEP = "def g(x):\n    return 2 * x\n"


@pytest.fixture
def scripts(tmp_path):
    (tmp_path / "science").mkdir()
    (tmp_path / "plumbing").mkdir()
    (tmp_path / "measure.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "science/loud.py").write_text(LOUD, encoding="utf-8")
    (tmp_path / "science/deep.py").write_text(DEEP, encoding="utf-8")
    (tmp_path / "science/other.py").write_text("unrelated = 1\n", encoding="utf-8")
    return tmp_path


def digest(scripts) -> str:
    module._parse.cache_clear()
    return module.code_digest(scripts, "measure")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("science/deep.py", "# a comment\ndef g(x):\n\n    return 2*x\n"),
        ("science/loud.py", LOUD.replace("Doc.", "Other words.")),
        ("measure.py", SCRIPT.replace('"""Doc."""\n', "")),
        ("science/other.py", "unrelated = 2\n"),
        ("plumbing/job.py", "anything = 1\n"),
    ],
)
def test_comments_docstrings_layout_and_strangers_change_nothing(scripts, file, text):
    before = digest(scripts)
    (scripts / file).write_text(text, encoding="utf-8")
    assert digest(scripts) == before


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("measure.py", SCRIPT.replace("gain(2)", "gain(3)")),
        ("science/loud.py", LOUD.replace("deep.g(x)", "deep.g(x) + 1")),
        ("science/deep.py", DEEP.replace("2 * x", "3 * x")),
    ],
)
def test_an_edit_at_any_depth_changes_it(scripts, file, text):
    before = digest(scripts)
    (scripts / file).write_text(text, encoding="utf-8")
    assert digest(scripts) != before


def test_a_circle_of_imports_ends(scripts):
    (scripts / "science/deep.py").write_text("from science import loud\n" + DEEP, encoding="utf-8")
    assert digest(scripts)


def test_a_module_that_a_script_is_given_by_name_counts(scripts):
    def of(*modules: str) -> str:
        module._parse.cache_clear()
        return module.code_digest(scripts, "measure", *modules)

    before, alone = of("science.other"), of()
    assert before != alone
    (scripts / "science/other.py").write_text("from science import added\n", encoding="utf-8")
    (scripts / "science/added.py").write_text("x = 1\n", encoding="utf-8")
    imported = of("science.other")
    (scripts / "science/added.py").write_text("x = 2\n", encoding="utf-8")
    assert len({before, imported, of("science.other")}) == 3
    assert of() == alone
    with pytest.raises(FileNotFoundError, match="absent"):
        of("science.absent")


def test_a_missing_script_is_named(scripts):
    with pytest.raises(FileNotFoundError, match="nothing"):
        module.code_digest(scripts, "nothing")


OWN_NETWORK = "from layers import Layer\n\n\nclass Net(Layer):\n    width = 1\n"


@pytest.mark.parametrize("name", ["net", "nets.net"])
def test_an_edit_of_an_own_network_or_of_what_it_imports_changes_its_digest(tmp_path, name):
    file = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
    file.parent.mkdir(exist_ok=True)
    file.write_text(OWN_NETWORK, encoding="utf-8")
    layers, stranger = tmp_path / "layers.py", tmp_path / "stranger.py"
    layers.write_text("class Layer:\n    depth = 1\n", encoding="utf-8")
    stranger.write_text("depth = 1\n", encoding="utf-8")

    def of_own() -> str:
        module._parse.cache_clear()
        return module.own_network_digest(f"{name}:Net", [tmp_path / "elsewhere", tmp_path])

    before = of_own()
    stranger.write_text("depth = 2\n", encoding="utf-8")
    file.write_text("# a comment\n" + OWN_NETWORK, encoding="utf-8")
    assert of_own() == before != ""
    layers.write_text("class Layer:\n    depth = 2\n", encoding="utf-8")
    other_layer = of_own()
    file.write_text(OWN_NETWORK.replace("1", "2"), encoding="utf-8")
    assert len({before, other_layer, of_own()}) == 3


def test_the_papers_network_and_installed_ones_have_no_digest_of_their_own(tmp_path):
    assert module.own_network_digest("paper", [tmp_path]) == ""
    assert module.own_network_digest("torch.nn:Linear", [tmp_path]) == ""


def test_what_is_remembered_is_what_would_be_found(scripts, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module._remembered.cache_clear()
    first = digest(scripts)
    assert module.REMEMBERED.is_file()
    module._remembered.cache_clear()
    monkeypatch.setattr(module, "_parsed", lambda source, path: pytest.fail(f"{path} is known"))
    assert digest(scripts) == first
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    (scripts / "science/deep.py").write_text(DEEP.replace("2", "3"), encoding="utf-8")
    assert digest(scripts) != first
    module.REMEMBERED.write_text("{", encoding="utf-8")
    module._remembered.cache_clear()
    assert digest(scripts) != first
    module._remembered.cache_clear()
