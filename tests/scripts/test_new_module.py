"""scripts/new-module, in a copy of the tree. That the copied module builds and works is shown by tests/template itself."""

import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path):
    for folder in ("scripts", "modules", "tests/template", "tests/modules", "common", "bus", "frontend", "client", "cmake", "packaging"):
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


def test_a_new_module_has_a_package_and_a_unit_by_itself(tree):
    run(tree, "new-module", "poll")
    build = tree / "build"
    done = subprocess.run(["cmake", "-S", tree, "-B", build, "-G", "Ninja", "-DPARLEY_TESTS=OFF"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    made = build / "packaging" / "poll"
    assert "poll bin/parley-poll" in (build / "packaging" / "packages.list").read_text().splitlines()
    assert "ExecStart=/usr/bin/parley-poll --config /etc/parley/poll.conf --name poll-%i " in (made / "parley-poll@.service").read_text()
    assert (made / "conffiles").read_text() == "/etc/parley/poll.conf\n"
    assert "'parley-poll@*.service'" in (made / "postinst").read_text()
    assert (made / "description").read_text().startswith("Parley chat server: the poll module\nOne note for each user, kept until the next one.")


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
