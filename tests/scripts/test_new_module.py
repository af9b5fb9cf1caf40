"""scripts/new-module, in a copy of the tree. That the copied module builds and works is shown by tests/template itself."""

import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path):
    for folder in ("scripts", "modules", "tests/template", "tests/modules", "common", "bus", "frontend", "client"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "CMakeLists.txt", tmp_path)
    return tmp_path


def run(tree, *command):
    return subprocess.run([tree / "scripts" / command[0], *command[1:]], capture_output=True, text=True, timeout=60)


def test_a_new_module_is_complete_and_in_the_lists(tree):
    assert run(tree, "new-module", "poll").returncode == 0
    made = {path.name for path in (tree / "modules" / "poll").iterdir()}
    assert made == {"CMakeLists.txt", "README.md", "main.cc", "messages.h", "rows.h", "poll.h", "poll.cc"}
    for file in ("CMakeLists.txt", "tests/modules/CMakeLists.txt"):
        assert " poll)\n" in (tree / file).read_text()
    assert run(tree, "check-includes", str(tree)).returncode == 0


def test_nothing_of_the_template_shows_through(tree):
    run(tree, "new-module", "poll")
    for path in [*(tree / "modules" / "poll").iterdir(), *(tree / "tests" / "modules" / "poll").iterdir()]:
        text = path.read_text()
        for word in ("tests/template/", "parley::note", "NoteModule", "NoteTest", '"note', "note.h", "note.cc", "note.write"):
            assert word not in text, path


@pytest.mark.parametrize("name", ["user", "Poll", "two words", "session", "../x", ""])
def test_a_name_that_cannot_be_is_refused(tree, name):
    before = sorted(tree.rglob("*"))
    assert run(tree, "new-module", name).returncode in (1, 2)
    assert sorted(tree.rglob("*")) == before
