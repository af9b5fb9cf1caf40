#include "frontend/inbound.h"

namespace parley::frontend {

std::string_view Inbound::ProblemOf(schema::Framer::State state) {
  switch (state) {
    case schema::Framer::State::kTooLong:
      return "a message is longer than 65536 bytes";
    case schema::Framer::State::kTooDeep:
      return "a message is nested deeper than 16 levels";
    default:
      return "that is not MessagePack";
  }
}

}  // namespace parley::frontend
