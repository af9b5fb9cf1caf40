// Whether a loop can watch a descriptor: a terminal, a pipe or a socket, but not a file, and not /dev/null.
#pragma once

namespace parley::client {

[[nodiscard]] bool Pollable(int fd);

}  // namespace parley::client
