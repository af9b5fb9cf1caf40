#include "frontend/traces.h"

#include "frontend/messages.h"

namespace parley::frontend {
namespace {

// A request that leads to many others (a dissolved group) is not worth more.
constexpr size_t kHopsMax = 1'000;

}  // namespace

void Traces::Begin(const wire::Envelope& request, int64_t received_us, int64_t now_us) {
  Way& way = ways_[request.request];
  way.method = request.method;
  way.hops.push_back({node_, "receives it", way.method, received_us});
  way.hops.push_back({node_, "sends it to the bus", way.method, now_us});
}

void Traces::OnHop(const wire::Envelope& hop) {
  const auto it = ways_.find(hop.request);
  if (it == ways_.end() || it->second.hops.size() >= kHopsMax) return;
  Result<wire::Hop> told = schema::Decode<wire::Hop>(hop.body);
  if (told) it->second.hops.push_back(*std::move(told));
}

std::string Traces::End(const RequestId& request, const wire::CallReply& reply, int64_t now_us) {
  Way way = std::move(ways_[request]);
  ways_.erase(request);
  way.hops.push_back({node_, "answers the client", way.method, now_us});
  TraceReply trace;
  trace.request = request.Hex();
  trace.hops = std::move(way.hops);
  if (reply.error) {
    trace.error = TraceError{std::string(NameOf(reply.error->code)), reply.error->message};
  } else {
    trace.result = schema::Encoded{std::string(reply.result)};
  }
  return schema::Encode(trace);
}

}  // namespace parley::frontend
