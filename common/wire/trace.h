// The way of one request, told to whoever asked for it. A request that has kTraced is answered as any other; besides,
// each process that has to do with it sends its caller a kHop for what it does, under the request's id, before the
// answer. A worker that asks other modules meanwhile traces these requests too, and passes their hops on.
//
// Hops are hints: one that is lost with a process or a full pipe is missed in the list, and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "common/schema/codec.h"
#include "common/wire/envelope.h"

namespace parley::wire {

struct Hop {
  std::string node, what, method;
  int64_t at_us = 0;
  bool operator==(const Hop&) const = default;
  static constexpr auto kFields = std::tuple{
      schema::Required("node", &Hop::node, "the process"),
      schema::Required("what", &Hop::what, "what it did, in words"),
      schema::Required("method", &Hop::method, "of the request itself, or of one that it led to"),
      schema::Required("at_us", &Hop::at_us, "when, in microseconds since 1970 by that process's clock"),
  };
};

// Whom to tell, and of what.
struct TraceTo {
  NodeId node;
  RequestId request;
};

// Appends the kHop to a batch.
void AppendHop(std::string& batch, const TraceTo& to, const Hop& hop);

}  // namespace parley::wire
