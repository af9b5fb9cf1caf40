// parley-admin: a worker of the admin module.
#include "common/module/main.h"

#include "modules/admin/admin.h"

int main(int argc, char** argv) { return parley::module::Main<parley::admin::AdminModule>(argc, argv); }
