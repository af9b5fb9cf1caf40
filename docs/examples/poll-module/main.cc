#include "common/module/main.h"

#include "poll_module.h"

int main(int argc, char** argv) { return parley::module::Main<polls::PollModule>(argc, argv); }
