"""Builds what is not of this tree: the CMake package is installed, and docs/examples/poll-module is built with it, as anybody would."""

import os
import shutil
import subprocess

import pytest

from .cluster import ROOT, program

EXAMPLE = ROOT / "docs" / "examples" / "poll-module"


def build_poll_module():
    """The folder with its programs. The places are the same each time, so that ccache knows what it compiled before."""
    build = program("parley").parent.parent
    if not (build / "build.ninja").exists():
        pytest.skip(f"{build} is no build of this tree, so the CMake package cannot be installed from it")
    folder = build / "outside"
    kit, made = folder / "kit", folder / "poll-module"
    shutil.rmtree(kit, ignore_errors=True)
    _run("ninja", "-C", build, "parley_kit")
    _run("cmake", "--install", build, "--component", "dev", "--prefix", kit)
    _run("cmake", "-S", EXAMPLE, "-B", made, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_PREFIX_PATH={kit}",
         "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache", "-DCMAKE_COMPILE_WARNING_AS_ERROR=ON")
    _run("ninja", "-C", made)
    return made


def _run(*command):
    environment = os.environ | {"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1"}
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stdout[-8000:]}"
