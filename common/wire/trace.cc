#include "common/wire/trace.h"

namespace parley::wire {

void AppendHop(std::string& batch, const TraceTo& to, const Hop& hop) {
  const std::string body = schema::Encode(hop);
  Envelope envelope;
  envelope.kind = Kind::kHop;
  envelope.target = to.node;
  envelope.request = to.request;
  envelope.body = body;
  Append(batch, envelope);
}

}  // namespace parley::wire
