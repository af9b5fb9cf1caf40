#include "common/module/main.h"

#include "modules/user/user.h"

int main(int argc, char** argv) { return parley::module::Main<parley::user::UserModule>(argc, argv); }
