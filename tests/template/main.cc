#include "common/module/main.h"

#include "tests/template/note.h"

int main(int argc, char** argv) { return parley::module::Main<parley::note::NoteModule>(argc, argv); }
