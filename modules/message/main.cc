#include "common/module/main.h"

#include "modules/message/message.h"

int main(int argc, char** argv) { return parley::module::Main<parley::message::MessageModule>(argc, argv); }
