#include "common/module/main.h"

#include "modules/group/group.h"

int main(int argc, char** argv) { return parley::module::Main<parley::group::GroupModule>(argc, argv); }
