#include "common/module/main.h"

#include "modules/friend/friend.h"

int main(int argc, char** argv) { return parley::module::Main<parley::friends::FriendModule>(argc, argv); }
