// The requests that are being traced (common/wire/trace.h): what the processes have told of each so far.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/wire/calls.h"
#include "common/wire/trace.h"

namespace parley::frontend {

class Traces {
 public:
  // `node`: this frontend's name.
  explicit Traces(std::string node) : node_(std::move(node)) {}

  // The request goes to the bus; wall times in microseconds.
  void Begin(const wire::Envelope& request, int64_t received_us, int64_t now_us);
  // kHop. Of a request that is not traced here, or no more, it is dropped.
  void OnHop(const wire::Envelope& hop);
  // It is answered: gives the encoded TraceReply, and forgets it.
  [[nodiscard]] std::string End(const RequestId& request, const wire::CallReply& reply, int64_t now_us);

 private:
  struct Way {
    std::string method;
    std::vector<wire::Hop> hops;
  };

  const std::string node_;
  std::unordered_map<RequestId, Way> ways_;
};

}  // namespace parley::frontend
