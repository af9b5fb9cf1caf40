// What `parley call` and `parley trace` share: one request of whoever runs the program.
#pragma once

#include <string>
#include <string_view>

#include "client/cli/account.h"
#include "client/cli/waiting.h"

namespace parley::cli {

// The arguments as an encoded map, from JSON, or from the input where that is `-`; with a fresh `id` if that is wanted
// and there is none.
[[nodiscard]] Result<std::string> ReadArguments(std::string json, bool new_id);
// Logged in, where a user or token is given.
[[nodiscard]] Result<void> ConnectAs(WaitingConnection& connection, const ServerOptions& server,
                                     const AccountOptions& options, const std::string& device);
// Says it as CODE: message, and returns the exit code.
int ComplainOf(const Error& error);

}  // namespace parley::cli
